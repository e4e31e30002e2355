package main

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"encoding/binary"
	"math"
	"slices"
)

// choice is an entry of a list as it is written.
type choice struct {
	symbol uint16
	code   uint32 // of the probability
	to     int32  // the context that it grows into, or none
}

// packer writes the parts of the file.
type packer struct {
	*tree
	alphabet, sizes, ranks, weights, escapes numbers

	grown []int32          // contexts, in the order in which they are grown into
	rank  []map[uint16]int // by context, once it is written: where in its list a symbol is
}

type numbers []byte

func (n *numbers) add(v int) { *n = binary.AppendUvarint(*n, uint64(v)) }

// pack returns the file that MODEL.md specifies.
func (t *tree) pack(r *root) []byte {
	p := &packer{tree: t, rank: make([]map[uint16]int, len(t.nodes))}
	p.alphabet.add(len(r.block))
	for _, b := range t.blocks {
		p.alphabet.add(int(b.class))
		p.alphabet.add(b.last - b.first + 1)
		for _, c := range t.runes[b.first : b.last+1] {
			p.alphabet.add(int(c) + 1)
		}
	}
	p.root(r)
	for i := 0; i < len(p.grown); i++ {
		p.context(p.grown[i])
	}
	var all numbers
	for _, n := range []numbers{p.alphabet, p.sizes, p.ranks, p.weights, p.escapes} {
		all.add(len(n))
		all = append(all, n...)
	}
	return deflate(all)
}

// root writes the lists of classes and blocks.
func (p *packer) root(r *root) {
	for _, blocks := range r.block {
		var l []choice
		for b, probability := range blocks {
			l = append(l, choice{uint16(b), code(probability), none})
		}
		p.list(l, nil)
	}
	for _, b := range p.blocks {
		var l []choice
		for s := b.first; s <= b.last; s++ {
			l = append(l, choice{uint16(s), code(r.symbol[s]), p.alone[s]})
		}
		p.list(l, nil)
	}
}

func (p *packer) context(id int32) {
	n := &p.nodes[id]
	var l []choice
	for e := range n.live {
		l = append(l, choice{e.symbol, code(float64(e.p)), e.to})
	}
	p.escapes.add(int(code(n.escape)))
	var rank map[uint16]int
	if n.up != none {
		rank = p.rank[n.up]
	}
	p.list(l, rank)
	p.rank[id] = make(map[uint16]int)
	for i, c := range l {
		p.rank[id][c.symbol] = i
	}
}

// list writes a list, and leaves it sorted. Its symbols are named by their rank in another list, if there is one.
func (p *packer) list(l []choice, rank map[uint16]int) {
	slices.SortFunc(l, func(a, b choice) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.symbol, b.symbol)) })
	p.sizes.add(len(l))
	last := uint32(0)
	for _, c := range l {
		name := int(c.symbol)
		if rank != nil {
			name = rank[c.symbol]
		}
		p.ranks.add(name)
		grows := 0
		if p.tree.alive(c.to) {
			grows = 1
			p.grown = append(p.grown, c.to)
		}
		p.weights.add(int(c.code-last)*2 + grows)
		last = c.code
	}
}

// code is n for a probability of about 2^(-n/2).
func code(p float64) uint32 { return uint32(min(31, max(0, math.Round(-2*math.Log2(p))))) }

func deflate(p []byte) []byte {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err != nil {
		panic(err)
	}
	z.Write(p)
	z.Close()
	return b.Bytes()
}
