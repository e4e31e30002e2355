package text

import "math"

// arrange makes the lists of the model. Those of contexts stand in such an order that what texts go through most often comes first, and so is together in the caches of processors.
func (u *unpacker) arrange() {
	order := u.order()
	to := make([]int, len(u.cells)) // where in the lists of the model the list of a head is
	n := roomBefore
	for i, l := range order {
		to[u.places[l]] = n
		if n += u.size(l); i < u.ofClass {
			u.classes = n
		}
	}
	u.begin = to[u.after[end]]
	for _, at := range u.ofBlock {
		u.blocks = append(u.blocks, to[at])
	}
	u.lists = make([]uint64, roomBefore, n)
	for _, l := range order {
		u.write(l, to)
	}
}

// roomBefore are the words before the lists, which refuse nothing.
const roomBefore = 32

// size returns how many words a list has in the model.
func (u *unpacker) size(l int) int {
	head, list := u.list(u.places[l])
	n := 1 + groupSize*groups(len(list))
	switch {
	case !u.isContext(l):
	case head.next < u.places[u.ofClass]:
		n += spanSize * len(u.spans(list))
	default:
		n += (groups(int(u.cells[head.next].symbol)) + 15) / 16
	}
	return n
}

// groups returns how many groups so many choices are.
func groups(n int) int { return (n + 3) / 4 }

// span is what of a block is refused.
type span struct {
	block uint8
	sum   uint16
	bits  uint64
}

// spans returns what choices are in the lists of blocks.
func (u *unpacker) spans(list []cell) (all []span) {
	var at [256]uint8 // by block: its place in all, plus one
	for _, c := range list {
		b := u.block[c.symbol]
		if at[b] == 0 {
			all = append(all, span{block: b})
			at[b] = uint8(len(all))
		}
		s := &all[at[b]-1]
		_, block := u.list(u.ofBlock[b])
		i := u.rank[c.symbol]
		s.sum += block[i].weight
		s.bits |= 1 << i
	}
	return all
}

// write appends a list to the lists of the model.
func (u *unpacker) write(l int, to []int) {
	h, list := u.list(u.places[l])
	sum, up := 0, 0
	for _, c := range list {
		sum += int(c.weight)
	}
	var refused []uint64
	count := int(h.weight)
	switch {
	case !u.isContext(l):
	case h.next < u.places[u.ofClass]:
		up = to[h.next]
		spans := u.spans(list)
		count = len(spans)
		for _, s := range spans {
			refused = append(refused, uint64(s.block)|uint64(s.sum)<<8, s.bits)
		}
	default:
		up = to[h.next]
		refused = make([]uint64, (groups(int(u.cells[h.next].symbol))+15)/16)
		for _, c := range list {
			refused[c.rank/64] |= 1 << (c.rank % 64)
		}
	}
	u.lists = append(u.lists, uint64(newHead(groups(len(list)), sum, count, up)))
	for rest := list; len(rest) > 0; {
		group := [groupSize]uint64{math.MaxUint64}
		for i, c := range rest[:min(len(rest), 4)] {
			next := 0
			if l >= u.ofClass {
				next = to[c.next]
			}
			shift := 16 * i
			group[0] ^= uint64(^c.symbol) << shift
			group[1] |= uint64(c.weight|uint16(next>>16<<precision)) << shift
			group[2] |= uint64(uint16(next)) << shift
		}
		u.lists = append(u.lists, group[:]...)
		rest = rest[min(len(rest), 4):]
	}
	u.lists = append(u.lists, refused...)
}

// order returns the numbers of the lists in the order that they get.
func (u *unpacker) order() (order []int) {
	use := u.use()
	const most = 1 << 12
	rank := func(l int) int { return most - 1 - int(math.Float32bits(use[u.places[l]])>>20) }
	first := u.ofClass + len(u.ofBlock)
	var begin [most + 1]int
	for l := first; l < len(u.places); l++ {
		begin[rank(l)+1]++
	}
	for i := range most {
		begin[i+1] += begin[i]
	}
	order = make([]int, len(u.places))
	for l := range order {
		if l < first {
			order[l] = l
			continue
		}
		r := rank(l)
		order[first+begin[r]] = l
		begin[r]++
	}
	return order
}

// use returns about how often each list is used, by its place, if texts are as the model has them: what follows what is followed a few times from everywhere.
func (u *unpacker) use() []float32 {
	use, next := make([]float32, len(u.cells)), make([]float32, len(u.cells))
	for _, at := range u.places {
		use[at] = 1
	}
	for range 6 {
		clear(next)
		for l, at := range u.places {
			head, list := u.list(at)
			each, left := use[at]/total, total
			for _, c := range list {
				then := c.next
				if l < u.ofClass {
					then = u.ofBlock[c.symbol]
				}
				next[then] += each * float32(c.weight)
				left -= int(c.weight)
			}
			if u.isContext(l) {
				next[head.next] += each * float32(left)
			}
		}
		use, next = next, use
	}
	return use
}
