package compress

import (
	"errors"
	"sync"
)

// errCorrupt is data that is no deflate stream.
var errCorrupt = errors.New("compress: corrupt data")

// chunk is the most that run decompresses at once.
const chunk = 4 << 10

// inflater decompresses one deflate stream (RFC 1951), and can stop after any byte and go on there. Everything it has to know then is here: the bits
// that were read and not used (fewer than a unit of the format has: at most 48), the place in the block, and the window. The tables of a dynamic block
// are pooled, and are held only inside of one: who flushes after each stanza leaves none.
type inflater struct {
	w      *window // what was decompressed last; nil: nothing
	tables *tables // of the block under way, when it is a dynamic one
	dict   []byte  // what precedes the stream
	bits   uint64  // read and not used, the next is the lowest
	pos    uint32  // bytes decompressed, modulo 2³² but never back below maxWindow
	left   uint32  // bytes to copy: of a stored block, or of a match
	dist   uint32  // of the match
	reach  uint32  // the longest distance that is allowed
	codes  uint32  // dynamic blocks that have begun since codes was last set to 0
	n      uint8   // number of bits
	state  state
	final  bool // this block is the last
	fixed  bool // this block has the fixed codes
}

// state is the place in a block.
type state uint8

const (
	atBlock       state = iota // a block is next
	atStored                   // the length of a stored block is next
	inStored                   // bytes of a stored block are next
	atCodes                    // the counts of a dynamic block are next
	inCodeLengths              // the lengths of the code for lengths are next
	inLengths                  // the lengths of the codes are next
	inBlock                    // symbols are next
	inMatch                    // left bytes are to be copied
	ended                      // the last block is over
)

// tables are the codes of a dynamic block.
type tables struct {
	lit, dist           huffman // lit is at first the code for lengths
	lens                [maxLens]uint8
	nlit, ndist, ncodes int
	have                int // lengths read
}

var tablesPool = sync.Pool{New: func() any { return new(tables) }}

// run decompresses from p until it has used all of it, or the stream has ended, or there are chunk bytes; then more is true: there may be some without
// further input. It returns how many bytes it has used (some of them may be in bits) and what they gave, which is valid until the next run.
func (f *inflater) run(p []byte) (used int, out []byte, more bool, err error) {
	from := f.pos
	limit := from + chunk
	if i := from % maxWindow; i+chunk > maxWindow {
		limit = from + maxWindow - i // out is in one piece
	}
	for err == nil && f.state != ended {
		for f.n <= 56 && used < len(p) {
			f.bits |= uint64(p[used]) << f.n
			f.n += 8
			used++
		}
		n, pos, s := f.n, f.pos, f.state
		switch f.state {
		case inBlock:
			err = f.symbols(limit)
		case inMatch:
			f.match(limit)
		case inStored:
			used += f.stored(p[used:], limit)
		default:
			err = f.header()
		}
		if f.pos == limit || f.n == n && f.pos == pos && f.state == s {
			break // full, or more bits are needed
		}
	}
	more = f.pos == limit && f.state != ended
	if f.pos > from {
		i := from % maxWindow
		out = f.w.b[i : i+f.pos-from]
	}
	if f.pos >= 2*maxWindow {
		f.pos -= maxWindow
	}
	return used, out, more, err
}

// take uses k bits, which must be there.
func (f *inflater) take(k uint8) uint32 {
	v := uint32(f.bits & (1<<k - 1))
	f.bits >>= k
	f.n -= k
	return v
}

// put adds a byte.
func (f *inflater) put(b byte) {
	i := f.pos % maxWindow
	if f.w == nil || int(i) >= len(f.w.b) {
		f.w = f.w.grown()
	}
	f.w.b[i] = b
	f.pos++
}

// stored copies the bytes of a stored block, first those that are in bits.
func (f *inflater) stored(p []byte, limit uint32) (used int) {
	for f.left > 0 && f.n >= 8 && f.pos < limit {
		f.put(byte(f.take(8)))
		f.left--
	}
	for f.left > 0 && used < len(p) && f.n == 0 && f.pos < limit {
		f.put(p[used])
		used++
		f.left--
	}
	if f.left == 0 {
		f.endBlock()
	}
	return used
}

// match copies from what was before.
func (f *inflater) match(limit uint32) {
	for f.left > 0 && f.pos < limit {
		f.left -= f.copy(min(f.left, limit-f.pos))
	}
	if f.left == 0 {
		f.state = inBlock
	}
}

// copy copies up to n bytes of a match, as many as lie in one piece, and returns how many.
func (f *inflater) copy(n uint32) uint32 {
	to := f.pos % maxWindow
	for f.w == nil || to+n > uint32(len(f.w.b)) {
		f.w = f.w.grown()
	}
	var from []byte
	if f.dist > f.pos {
		from = f.dict[uint32(len(f.dict))+f.pos-f.dist:]
	} else {
		i := (f.pos - f.dist) % maxWindow
		from = f.w.b[i:min(i+f.dist, uint32(len(f.w.b)))] // what is written by this copy is not there yet
	}
	n = uint32(copy(f.w.b[to:to+n], from))
	f.pos += n
	return n
}

// The lengths and distances that the symbols stand for (RFC 1951 §3.2.5): a base, and extra bits.
var (
	lengthBase  = [...]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [...]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase    = [...]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distExtra   = [...]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// symbols decodes symbols while there are bits for whole ones; a match counts as one, with its distance.
func (f *inflater) symbols(limit uint32) error {
	lit, dist := fixedLit, fixedDist
	if !f.fixed {
		lit, dist = &f.tables.lit, &f.tables.dist
	}
	for f.pos < limit {
		symbol, n := lit.decode(f.bits, f.n)
		switch {
		case n == short:
			return nil
		case n == invalid || symbol >= maxLit:
			return errCorrupt
		case symbol < endBlock:
			f.take(n)
			f.put(byte(symbol))
		case symbol == endBlock:
			f.take(n)
			f.endBlock()
			return nil
		default:
			return f.begin(symbol-endBlock-1, n, dist)
		}
	}
	return nil
}

// begin reads the rest of a match whose length has that symbol, a code of n bits. When that is not all there, nothing is used.
func (f *inflater) begin(symbol uint16, n uint8, dist *huffman) error {
	extra := lengthExtra[symbol]
	if n+extra > f.n {
		return nil
	}
	length := uint32(lengthBase[symbol]) + uint32(f.bits>>n)&(1<<extra-1)
	n += extra
	d, k := dist.decode(f.bits>>n, f.n-n)
	switch {
	case k == short:
		return nil
	case k == invalid || d >= maxDist:
		return errCorrupt
	}
	n, extra = n+k, distExtra[d]
	if n+extra > f.n {
		return nil
	}
	distance := uint32(distBase[d]) + uint32(f.bits>>n)&(1<<extra-1)
	if distance > f.reach || distance > f.pos+uint32(len(f.dict)) {
		return errCorrupt
	}
	f.take(n)
	f.take(extra)
	f.left, f.dist, f.state = length, distance, inMatch
	return nil
}

// endBlock ends a block.
func (f *inflater) endBlock() {
	f.dropTables()
	f.state = atBlock
	if f.final {
		f.state = ended
	}
}

func (f *inflater) dropTables() {
	if f.tables != nil {
		tablesPool.Put(f.tables)
		f.tables = nil
	}
}

// reset makes f ready for another stream after dict, and gives back what it holds.
func (f *inflater) reset(dict []byte) {
	f.dropTables()
	if f.w != nil {
		f.w.give()
	}
	*f = inflater{dict: dict, reach: maxWindow, codes: f.codes}
}
