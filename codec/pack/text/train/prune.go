package main

import "math"

// What is thrown out saves about so many bits in the file.
const (
	contextBits = 8
	entryBits   = 9
)

// detour is how many bits the file may be less good by for an escape that need not be coded: each takes time.
const detour = 0.5

// prune throws out what saves less than rate bits in the training for each bit that it takes in the file. Longer contexts come first, as they rest on the
// shorter ones: an entry stays as long as a longer context has it or one grows from it, and a context as long as one of its entries does.
func (t *tree) prune(r *root, rate float64) {
	t.countUnder()
	for i := len(t.nodes) - 1; i >= 0; i-- {
		if n := &t.nodes[i]; !n.dead {
			t.pruneEntries(r, n, rate)
			t.pruneContext(r, n, rate)
		}
	}
}

func (t *tree) countUnder() {
	for i := range t.nodes {
		for e := range t.nodes[i].live {
			e.under = 0
		}
		if n := &t.nodes[i]; !n.dead && n.up != none {
			for e := range n.live {
				t.nodes[n.up].find(e.symbol).under++
			}
		}
	}
}

// pruneEntries throws entries of n out.
func (t *tree) pruneEntries(r *root, n *node, rate float64) {
	rest := 1.0 // what the shorter context has for what is not listed here
	for e := range n.live {
		rest -= t.above(r, n, e.symbol)
	}
	rest = max(rest, 1e-3)
	for e := range n.live {
		if t.alive(e.to) || e.under > 0 {
			continue
		}
		p, above := float64(e.p), t.above(r, n, e.symbol)
		now := log2(n.escape) - log2(rest)
		then := log2(n.escape+p) - log2(rest+above)
		saved := p*n.flow*(log2(p)-log2(above)-then) + n.escape*n.flow*(now-then)
		if saved < rate*entryBits {
			e.dead = true
			t.release(n, e)
			n.escape += p
			rest += above
		}
	}
}

// pruneContext throws n out, if that is right.
func (t *tree) pruneContext(r *root, n *node, rate float64) {
	if n.kids > 0 {
		return
	}
	rest, saved, bits := 1.0, 0.0, float64(contextBits)
	for e := range n.live {
		if t.alive(e.to) {
			return
		}
		above := t.above(r, n, e.symbol)
		rest -= above
		saved += float64(e.p) * n.flow * (log2(float64(e.p)) - log2(above))
		bits += entryBits
	}
	saved += n.escape * n.flow * (log2(n.escape) - log2(rest))
	saved -= detour * n.flow * n.escape
	if saved >= rate*bits {
		return
	}
	n.dead = true
	for e := range n.live {
		t.release(n, e)
	}
	if n.up != none {
		t.nodes[n.up].kids--
	}
}

// release lets the shorter context throw the entry out too.
func (t *tree) release(n *node, e *entry) {
	if n.up != none {
		t.nodes[n.up].find(e.symbol).under--
	}
}

func log2(p float64) float64 { return math.Log2(max(p, 1e-9)) }
