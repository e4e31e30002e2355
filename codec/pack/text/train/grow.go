package main

import (
	"cmp"
	"slices"
)

// least is how often a context has to occur at all.
const least = 6

// grow counts what comes after all contexts that three authors have, up to a depth.
func grow(a *alphabet, texts []text) *tree {
	g := newGrower(a, texts)
	for d := 1; d <= depth; d++ {
		g.deepen(d)
	}
	return g.tree
}

// grower has all the texts one behind the other, and the longest context before each symbol.
type grower struct {
	*tree
	symbols []uint16
	authors []int32
	gains   []float32
	at      []int32 // the context, of the depth reached, or none
}

func newGrower(a *alphabet, texts []text) *grower {
	g := &grower{
		tree:    &tree{alphabet: a, alone: make([]int32, len(a.runes)), after: make([][]float64, classCount)},
		symbols: []uint16{end},
	}
	for i := range g.alone {
		g.alone[i] = none
	}
	for i := range g.after {
		g.after[i] = make([]float64, len(a.runes))
	}
	g.authors, g.gains = []int32{0}, []float32{0}
	for _, x := range texts {
		if x.held {
			continue
		}
		g.symbols = a.symbols(g.symbols, x.body)
		for len(g.authors) < len(g.symbols) {
			g.authors = append(g.authors, x.author)
			g.gains = append(g.gains, x.gain)
		}
	}
	g.at = make([]int32, len(g.symbols))
	for i := 1; i < len(g.symbols); i++ {
		g.after[a.classes[g.symbols[i-1]]][g.symbols[i]] += float64(g.gains[i])
	}
	return g
}

// key names the context of depth d before the symbol i by the shorter one and the symbol that comes before that. 0 is none: contexts end where the
// text begins.
func (g *grower) key(i, d int) uint64 {
	if g.at[i] == none || i < d || d > 1 && g.symbols[i-d+1] == end {
		return 0
	}
	return uint64(g.at[i]+1)<<16 | uint64(g.symbols[i-d])
}

// deepen makes the contexts of depth d.
func (g *grower) deepen(d int) {
	from := int32(len(g.nodes))
	heads := newTallies()
	for i := 1; i < len(g.symbols); i++ {
		if k := g.key(i, d); k != 0 {
			heads.at(k).add(g.gains[i], g.authors[i])
		}
	}
	lists := newTallies()
	next := make([]int32, len(g.symbols))
	next[0] = none
	for i := 1; i < len(g.symbols); i++ {
		next[i] = none
		if k := g.key(i, d); k != 0 {
			next[i] = g.context(heads.at(k), i, d)
		}
		if next[i] != none {
			g.nodes[next[i]].total += float64(g.gains[i])
			lists.at(uint64(next[i]+1)<<16|uint64(g.symbols[i])).add(g.gains[i], g.authors[i])
		}
	}
	g.at = next
	g.list(lists, from)
}

// context returns the context of depth d before the symbol i, which is new when it is first met.
func (g *grower) context(h *tally, i, d int) int32 {
	if h.id != none || !h.three || h.n < least || d > 1 && g.at[i-1] == none {
		return h.id
	}
	h.id = int32(len(g.nodes))
	n := node{up: none, pre: none, last: g.symbols[i-1], depth: uint8(d)}
	if d == 1 {
		g.alone[n.last] = h.id
	} else {
		n.up, n.pre = g.at[i], g.at[i-1]
		g.nodes[n.up].kids++
	}
	g.nodes = append(g.nodes, n)
	return h.id
}

// list gives the contexts behind from their entries, and those before what they grow into.
func (g *grower) list(lists *tallies, from int32) {
	for _, l := range lists.slots {
		if l.three {
			n := &g.nodes[l.key>>16-1]
			n.entries = append(n.entries, entry{symbol: uint16(l.key), to: none, total: l.n})
		}
	}
	for i := from; i < int32(len(g.nodes)); i++ {
		n := &g.nodes[i]
		slices.SortFunc(n.entries, func(a, b entry) int { return cmp.Compare(a.symbol, b.symbol) })
		if n.pre != none {
			g.nodes[n.pre].find(n.last).to = i
		}
	}
}

// tally counts what comes under a key, and whether three authors have it.
type tally struct {
	key     uint64
	n       float32
	authors [2]int32
	three   bool
	id      int32 // of the context, or none
}

func (t *tally) add(gain float32, author int32) {
	t.n += gain
	switch {
	case t.three || t.authors[0] == author || t.authors[1] == author:
	case t.authors[0] == 0:
		t.authors[0] = author
	case t.authors[1] == 0:
		t.authors[1] = author
	default:
		t.three = true
	}
}

// tallies is a table of tallies by key, which is not 0.
type tallies struct {
	slots []tally
	used  int
}

func newTallies() *tallies { return &tallies{slots: make([]tally, 1<<16)} }

func (t *tallies) at(key uint64) *tally {
	if t.used*3 > len(t.slots)*2 {
		old := t.slots
		t.slots = make([]tally, 2*len(old))
		for _, o := range old {
			if o.key != 0 {
				*t.slot(o.key) = o
			}
		}
	}
	s := t.slot(key)
	if s.key == 0 {
		*s = tally{key: key, id: none}
		t.used++
	}
	return s
}

func (t *tallies) slot(key uint64) *tally {
	for i := key * 0x9E3779B97F4A7C15 >> 20; ; i++ {
		if s := &t.slots[i&uint64(len(t.slots)-1)]; s.key == key || s.key == 0 {
			return s
		}
	}
}
