package pack

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/godwit-im/godwit/codec/pack/coder"
)

// Trainer makes a model from traffic. It is for the program that does (bench/train), and does nothing at run time.
type Trainer struct {
	starts map[string]*seenStart
	values map[string]int
	m      *model
	counts *counts
}

type seenStart struct {
	start
	n int
}

// counts says how often what was chosen.
type counts struct {
	nexts map[[2]uint16]map[uint16]int
	kinds map[uint16]map[uint16]int
	ids   [nKinds]map[uint16]int
	lens  [nLens]map[uint16]int
	again map[[2]uint8]map[uint16]int // by sort, and whether it is of kin
}

func count[K comparable](all map[K]map[uint16]int, k K, symbol uint16) {
	if all[k] == nil {
		all[k] = make(map[uint16]int)
	}
	all[k][symbol]++
}

func (c *counts) next(parent, prev, symbol uint16) { count(c.nexts, [2]uint16{parent, prev}, symbol) }

func (c *counts) kind(at uint16, r role, sc *scope, symbol int) {
	count(c.kinds, at, uint16(symbol))
	if r&roleID != 0 && sc.idKind != 0 {
		if c.ids[sc.idKind] == nil {
			c.ids[sc.idKind] = make(map[uint16]int)
		}
		c.ids[sc.idKind][uint16(symbol)]++
	}
}

func (c *counts) said(sort uint8, kin, yes bool) {
	count(c.again, [2]uint8{sort, uint8(b2i(kin))}, uint16(b2i(yes)))
}

func (c *counts) len(use, n int) {
	if c.lens[use] == nil {
		c.lens[use] = make(map[uint16]int)
	}
	c.lens[use][uint16(n)]++
}

// NewTrainer returns a Trainer that has seen nothing.
func NewTrainer() *Trainer {
	return &Trainer{starts: make(map[string]*seenStart), values: make(map[string]int), m: &model{tags: make([]tag, tagBase)}}
}

// See looks at the starts and values of an item. All items are to be seen before any is counted.
func (t *Trainer) See(item []byte) {
	if p := (parser{m: t.m}); p.parse(item, tagUp, tagNone) && item[0] != kindClose {
		w := &walk{b: item[1:]}
		t.see(w)
	}
}

func (t *Trainer) see(w *walk) {
	var s start
	body := w.readStart(&s)
	key := s.text()
	if t.starts[key] == nil {
		t.starts[key] = &seenStart{start: s.clone()}
	}
	t.starts[key].n++
	for _, a := range s.attrs {
		if !fixed(a.name, s.stanza()) {
			t.value(a.value)
		}
	}
	if body == bodyText {
		t.value(w.str())
	}
	for body == bodyList {
		switch w.b[0] {
		case contentEnd:
			w.byte()
			return
		case contentText:
			w.byte()
			t.value(w.str())
		default:
			t.see(w)
		}
	}
}

func (t *Trainer) value(s []byte) {
	v := textOf(s)
	if wordOf(s) != 0 || len(v) < 2 {
		return
	}
	t.values[string(v)]++
	if bare := bareOf(v); len(bare)+1 < len(v) && bytes.IndexByte(bare, '@') > 0 && bytes.IndexByte(v, ' ') < 0 {
		v = v[len(bare)+1:]
		t.values[string(v)]++
	}
	for i := range v {
		if joins(v, i) {
			t.values[string(v[:i+1])]++
		}
	}
}

// text returns what of s belongs to a tag.
func (s *start) text() string {
	b := append([]byte{byte(len(s.attrs)), byte(b2i(s.prefixed))}, s.name...)
	for _, a := range s.attrs {
		if b = append(b, a.name...); fixed(a.name, s.stanza()) {
			b = append(b, a.value...)
		} else {
			b = append(b, 0)
		}
	}
	return string(b)
}

func (s *start) clone() (c start) {
	c.prefixed, c.name = s.prefixed, slices.Clone(s.name)
	for _, a := range s.attrs {
		b := startAttr{name: slices.Clone(a.name)}
		if fixed(a.name, s.stanza()) {
			b.value = slices.Clone(a.value)
		}
		c.attrs = append(c.attrs, b)
	}
	return c
}

// What a sender says again and again: the attributes of those elements, and the texts of these.
var (
	stickyStarts = map[string]bool{"c": true, "occupant-id": true}
	stickyTexts  = map[string]bool{"photo": true, "status": true, "nick": true}
)

// vouchedFor are the elements in which only the server puts stanzas.
var vouchedFor = map[string]bool{"result urn:xmpp:mam:2": true, "sent urn:xmpp:carbons:2": true, "received urn:xmpp:carbons:2": true}

// marked returns s with what is to be known of it as a tag.
func (s *start) marked() tagStart {
	t := tagStart{start: *s}
	element := nameText(s.name, s.prefixed)
	t.stickyText = stickyTexts[element]
	for i := range t.attrs {
		if a := &t.attrs[i]; a.value == nil {
			t.sticky = stickyStarts[element]
		} else if vouchedFor[element+" "+string(textOf(a.value))] {
			t.vouched = true
		}
	}
	return t
}

// nameText returns a name as XML has it.
func nameText(name []byte, prefixed bool) string {
	if len(name) == 1 && name[0] == literal {
		return "xml:lang"
	}
	w := walk{b: name}
	if !prefixed && name[0] == tokenPrefixed {
		w.byte()
		prefixed = true
	}
	text := string(textOf(w.str()))
	if prefixed {
		text += ":" + string(textOf(w.str()))
	}
	return text
}

// Begin takes the starts that were seen so often, and as strings the values in keep, and prepares to count.
func (t *Trainer) Begin(often int, keep []string) {
	m := &model{}
	keys := slices.SortedFunc(maps.Keys(t.starts), func(a, b string) int {
		return cmp.Or(t.starts[b].n-t.starts[a].n, cmp.Compare(a, b))
	})
	for _, k := range keys {
		if s := t.starts[k]; s.n >= often {
			m.starts = append(m.starts, s.start.marked())
		}
	}
	for _, v := range keep {
		m.strings = append(m.strings, []byte(v))
	}
	m.build()
	var all []uint16
	for i := range m.tags {
		all = append(all, uint16(i))
	}
	m.next0 = listOf(nil, all, 0, coder.Total)
	m.kinds0 = listOf(nil, upto(nKinds), 0, coder.Total)
	for i := range m.lens {
		m.lens[i] = listOf(nil, upto(64), 0, coder.Total)
	}
	for i := range m.again {
		m.again[i] = [2]coder.List{listOf(nil, upto(2), 0, coder.Total), listOf(nil, upto(2), 0, coder.Total)}
	}
	t.m, t.counts = m, &counts{nexts: make(map[[2]uint16]map[uint16]int), kinds: make(map[uint16]map[uint16]int), again: make(map[[2]uint8]map[uint16]int)}
}

func upto(n int) (all []uint16) {
	for i := range n {
		all = append(all, uint16(i))
	}
	return all
}

// Encoder returns an encoder that knows what is known so far, and counts what is chosen.
func (t *Trainer) Encoder() *Encoder { return &Encoder{m: t.m, counts: t.counts} }

// Decoder returns the decoder of what an Encoder of the Trainer encodes.
func (t *Trainer) Decoder() *Decoder { return &Decoder{m: t.m} }

// End returns the model, in the form of the file.
func (t *Trainer) End() []byte {
	m, c := t.m, t.counts
	next := make(map[uint16]map[uint16]int)
	total := make(map[uint16]int)
	for k, n := range c.nexts {
		for symbol, v := range n {
			if next[k[0]] == nil {
				next[k[0]] = make(map[uint16]int)
			}
			next[k[0]][symbol] += v
			total[symbol] += v
		}
	}
	f := &file{m: m}
	for _, k := range slices.SortedFunc(maps.Keys(c.nexts), func(a, b [2]uint16) int {
		return cmp.Or(int(a[0])-int(b[0]), sum(c.nexts[b])-sum(c.nexts[a]), int(a[1])-int(b[1]))
	}) {
		if n := c.nexts[k]; sum(n) >= 8 {
			f.next(k[0], k[1], listOf(n, nil, min(len(n), 8), coder.Total))
		}
	}
	for _, p := range slices.Sorted(maps.Keys(next)) {
		f.any(p, listOf(next[p], nil, len(next[p]), coder.Total))
	}
	var all []uint16
	for i := range m.tags {
		all = append(all, uint16(i))
	}
	f.lists(listOf(total, all, 0, coder.Total))
	kinds := make(map[uint16]int)
	for _, n := range c.kinds {
		for symbol, v := range n {
			if symbol >= wordBase {
				symbol = kindWord
			}
			kinds[symbol] += v
		}
	}
	f.lists(listOf(kinds, upto(nKinds), 0, coder.Total))
	for _, n := range c.ids {
		f.lists(listOf(n, nil, len(n), coder.Total))
	}
	for _, n := range c.lens {
		f.lists(listOf(n, upto(64), 0, coder.Total))
	}
	for i := range m.slots {
		n := c.kinds[uint16(i)]
		f.lists(listOf(n, nil, len(n), coder.Total))
	}
	for i := range m.again {
		for kin := range uint8(2) {
			f.lists(listOf(c.again[[2]uint8{uint8(i + 1), kin}], upto(2), 0, coder.Total))
		}
	}
	return f.bytes()
}

func sum(n map[uint16]int) (s int) {
	for _, v := range n {
		s += v
	}
	return s
}

// listOf makes a list of how often its symbols were chosen; those in all are in it in any case, and the escape, as if it had been chosen so often, 0 for none.
func listOf(n map[uint16]int, all []uint16, escape int, total int) coder.List {
	w := maps.Clone(n)
	if w == nil {
		w = make(map[uint16]int)
	}
	scale := 16 // counts stand against one for what was never seen
	for s := range w {
		w[s] *= scale
	}
	for _, s := range all {
		w[s]++
	}
	if escape > 0 {
		w[coder.Escape] = max(escape*scale/2, 1)
	}
	if len(w) == 0 {
		return nil
	}
	for len(w) > total/2 { // the rarest are not worth an entry
		panic("pack: too many symbols")
	}
	sumAll := 0
	for _, v := range w {
		sumAll += v
	}
	list := make(coder.List, 0, len(w))
	left := total - len(w)
	for s, v := range w {
		list = append(list, coder.Entry{Symbol: s, Weight: uint16(1 + v*left/sumAll)})
	}
	slices.SortFunc(list, func(a, b coder.Entry) int {
		return cmp.Or(int(b.Weight)-int(a.Weight), int(a.Symbol)-int(b.Symbol))
	})
	rest := total
	for _, e := range list {
		rest -= int(e.Weight)
	}
	list[0].Weight += uint16(rest)
	return list
}

// Frequent returns the values that were seen at least so often, the most frequent as far as there are numbers for them.
func (t *Trainer) Frequent(often int) []string {
	var all []string
	for v, n := range t.values {
		if n >= often && len(v) < 200 {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(t.values[b]-t.values[a], cmp.Compare(a, b)) })
	return all[:min(len(all), 1<<wordBits-len(words))]
}
