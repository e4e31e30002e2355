package text

import "math"

// arrange makes the lists of the model, in such an order that what one after the other is asked for is near in memory.
func (u *unpacker) arrange() {
	to := make([]int, len(u.cells)) // where in the lists of the model the list of a head is
	n := roomBefore
	order := u.order()
	for i, l := range order {
		to[u.places[l]] = n
		if n += u.size(l); i < u.ofClass {
			u.classes = n
		}
	}
	if n > maxWords {
		panic("text: the model is too large")
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

// order returns the numbers of the lists in the order that they get: that of the file, but behind each that which follows its most probable choice, if it has no place yet.
func (u *unpacker) order() (order []int) {
	number := make([]int, len(u.cells))
	for l, at := range u.places {
		number[at] = l
	}
	placed := make([]bool, len(u.places))
	for l := range u.places {
		for !placed[l] {
			placed[l] = true
			if order = append(order, l); u.isContext(l) {
				_, list := u.list(u.places[l])
				if next := number[list[0].next]; u.isContext(next) {
					l = next
				}
			}
		}
	}
	return order
}
