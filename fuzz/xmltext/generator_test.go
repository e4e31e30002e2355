package xmltext

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/godwit-im/godwit/fuzz/corpus"
)

// generator makes streams. Each is a function of the seed and the stream's number alone.
type generator struct {
	pcg rand.PCG
	out []byte // the stream
	in  []byte // room for mutations

	body  int      // where the header ends in out
	bound []string // the prefixes that are declared where out ends
}

// make returns stream number i, which is valid until the next call.
func (g *generator) make(seed, i uint64) []byte {
	g.pcg.Seed(seed, i)
	g.out, g.bound, g.body = g.out[:0], g.bound[:0], 0
	switch k := g.n(32); {
	case k < 20:
		g.stream()
		if g.chance(2) {
			g.mutate()
		}
	case k < 30:
		g.examples()
		g.mutate()
	default:
		g.document()
		g.mutate()
	}
	switch k := g.n(4096); {
	case k < 1024:
		g.pad(64)
	case k < 1124:
		g.pad(2 << 10)
	case k < 1164:
		g.pad(4 << 10)
	case k < 1204:
		g.pad(8 << 10)
	case k < 1206:
		g.pad(64 << 10)
	case k < 1226:
		g.repeat()
	}
	if g.chance(10) && len(g.out) > 0 {
		g.out = g.out[:g.n(len(g.out))]
	}
	return g.out
}

// n returns a number from 0 to n-1. The very slight preference for some does not matter.
func (g *generator) n(n int) int { return int(g.pcg.Uint64() >> 33 * uint64(n) >> 31) }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.n(n) == 0 }

// pick returns one of the words.
func pick[T any](g *generator, words []T) T { return words[g.n(len(words))] }

// put appends words.
func (g *generator) put(words ...string) {
	for _, w := range words {
		g.out = append(g.out, w...)
	}
}

// examples writes a stream of one or two examples from the XEPs, mostly short ones.
func (g *generator) examples() {
	g.put(pick(g, headers))
	g.body = len(g.out)
	all := sources().examples
	for range 1 + g.n(1+g.n(2)) {
		u := g.n(1 << 10)
		g.out = append(g.out, all[u*u*u>>20*len(all)>>10]...)
	}
	g.put(footer)
}

// document writes one of the hostile streams, or of the W3C's documents, between header and end.
func (g *generator) document() {
	if g.chance(2) {
		g.out = append(g.out, pick(g, sources().hostile)...)
		return
	}
	g.put(pick(g, headers))
	g.body = len(g.out)
	g.out = append(g.out, pick(g, sources().documents)...)
	g.put(footer)
}

// material is what mutations start from.
type material struct {
	examples, hostile, documents [][]byte // examples by length
}

var sources = sync.OnceValue(func() (m material) {
	for _, e := range append(corpus.XEPExamples(), corpus.DialbackExamples()...) {
		m.examples = append(m.examples, e.XML)
	}
	slices.SortStableFunc(m.examples, func(a, b []byte) int { return cmp.Compare(len(a), len(b)) })
	for _, c := range corpus.Hostile() {
		if len(c.Data) < 4<<10 {
			m.hostile = append(m.hostile, c.Data)
		}
	}
	for _, c := range corpus.Conformance() {
		if len(c.Data) < 1<<10 {
			m.documents = append(m.documents, bytes.TrimSpace(c.Data))
		}
	}
	return m
})
