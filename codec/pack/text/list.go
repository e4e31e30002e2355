package text

import "math/bits"

// A list in memory is some words: a head, its choices, and which of the choices of other lists are refused behind an escape from it.
//
// The choices stand in groups of four, each of which has three words of four lanes of 16 bits: the symbols; the weights; and the lists that follow, of whose places the highest bits are
// above the weights. So four are looked at in one step: the product of a word with ones has in each lane the sum of all lanes up to it. Behind the last choice are choices without
// weight. What of total the choices of a list leave is the weight of the escape from it, or nothing in the list of a class or block.
//
// What is refused is said by bits, one for each choice of the other list, those of a group in half a byte. In the list of a context under another one, these are bits for that one. In
// that under a class they are for blocks: a word says for which, and the sum of the weights that are refused in it; the bits are in another.
const (
	groupSize = 3
	spanSize  = 2
	maxWords  = 1 << (16 + 16 - precision) // the bits for a place that are in a group

	ones    = 1 | 1<<16 | 1<<32 | 1<<48
	highs   = ones << 15
	weights = ones * (total - 1)
)

// head is that of a list: the number of its groups, the sum of the weights of its choices, the sum of those that they have in the list above, and where that is. Where that is a class, the second sum is instead the
// number of blocks in which something is refused.
type head uint64

func newHead(groups, sum, refused, up int) head {
	return head(groups) | head(sum)<<12 | head(refused)<<25 | head(up)<<38
}

func (h head) groups() int     { return int(h & (1<<12 - 1)) }
func (h head) sum() uint64     { return uint64(h>>12) & (total - 1) }
func (h head) refused() uint64 { return uint64(h>>25) & (total - 1) }
func (h head) up() int         { return int(h >> 38) }

// bits returns where the bits are of what an escape from a list at a place refuses.
func (h head) bits(at int) int { return at + 1 + groupSize*h.groups() }

func (m *model) head(at int) head { return head(m.lists[at]) }

// isClass reports whether a list is that of a class.
func (m *model) isClass(at int) bool { return at < m.classes }

// choice is what was found in a list: a symbol, or a block, its weight, what is before it, and the list that follows.
type choice struct {
	start, weight uint64
	next          int
	symbol        uint16
}

// nothing is the place of bits that refuse nothing. No list is there.
const nothing = 0

// left are the weights that are left of a group when some bits refuse the others.
var left = func() (l [16]uint64) {
	for i := range l {
		for j := range 4 {
			if i>>j&1 == 0 {
				l[i] |= (total - 1) << (16 * j)
			}
		}
	}
	return l
}()

// lane returns the first lane that is 0 or has its highest bit set.
func lane(x uint64) int { return bits.TrailingZeros64(x) / 16 }

// find returns the choice of a symbol from a list, if it has that.
func (m *model) find(at int, h head, symbol uint16) (c choice, ok bool) {
	start, want := uint64(0), uint64(symbol)*ones
	for at, end := at+1, h.bits(at); at < end; at += groupSize {
		x := m.lists[at] ^ want
		w := m.lists[at+1] & weights
		sums := w * ones
		if zero := (x - ones) &^ x & highs; zero != 0 {
			return m.pick(at, lane(zero), start, w, sums), true
		}
		start += sums >> 48
	}
	return c, false
}

// findLeft is the same among the choices that are not refused. The symbol is not that of one that is.
func (m *model) findLeft(at int, h head, symbol uint16, refused int) (c choice, ok bool) {
	start, want := uint64(0), uint64(symbol)*ones
	no := m.lists[refused]
	for j := range h.groups() {
		if j%16 == 0 {
			no = m.lists[refused+j/16]
		}
		at := at + 1 + j*groupSize
		x := m.lists[at] ^ want
		w := m.lists[at+1] & left[no&15]
		sums := w * ones
		if zero := (x - ones) &^ x & highs; zero != 0 {
			return m.pick(at, lane(zero), start, w, sums), true
		}
		start += sums >> 48
		no >>= 4
	}
	return c, false
}

// seek returns the choice of a list in which a point is. It has to be in one.
func (m *model) seek(at int, point uint64) choice {
	start := uint64(0)
	for at++; ; at += groupSize {
		w := m.lists[at+1] & weights
		sums := w * ones
		if above := (sums + (1<<15-1-point)*ones) & highs; above != 0 {
			return m.pick(at, lane(above), start, w, sums)
		}
		start += sums >> 48
		point -= sums >> 48
	}
}

// seekLeft is the same among those that are not refused.
func (m *model) seekLeft(at int, point uint64, refused int) choice {
	start, no := uint64(0), uint64(0)
	at++
	for j := 0; ; j++ {
		if j%16 == 0 {
			no = m.lists[refused+j/16]
		}
		w := m.lists[at+1] & left[no&15]
		sums := w * ones
		if above := (sums + (1<<15-1-point)*ones) & highs; above != 0 {
			return m.pick(at, lane(above), start, w, sums)
		}
		start += sums >> 48
		point -= sums >> 48
		no >>= 4
		at += groupSize
	}
}

// pick returns the choice in a lane of a group, before which weights of start are.
func (m *model) pick(at, lane int, start, weights, sums uint64) choice {
	shift := 16 * lane & 63
	high := m.lists[at+1] >> shift & 0xFFFF >> precision
	return choice{
		start:  start + sums<<16>>shift&0xFFFF,
		weight: weights >> shift & 0xFFFF,
		symbol: uint16(m.lists[at] >> shift),
		next:   int(m.lists[at+2]>>shift&0xFFFF | high<<16),
	}
}

// inBlock returns what an escape from a list under a class refuses in a block: where its bits are, and the sum of the weights.
func (m *model) inBlock(at int, block uint8) (refused int, sum uint64) {
	if at == nothing {
		return nothing, 0
	}
	h := m.head(at)
	at = h.bits(at)
	for range h.refused() {
		if x := m.lists[at]; uint8(x) == block {
			return at + 1, x >> 8
		}
		at += spanSize
	}
	return nothing, 0
}
