package main

const (
	// shared is how much of what a list's unlisted symbols have is given to the listed ones in proportion to the shorter context.
	shared = 0.5
	// doubt is the least escape of a context: doubt in n+1 decisions.
	doubt = 0.3
)

// discount is what an entry cedes to the shorter context, by depth.
var discount = [depth + 1]float64{1, 1, 1, 1.1}

// root is the choice below all contexts: of a block by the class of the last symbol, and of a symbol of the block.
type root struct {
	block  [][]float64 // by class
	symbol []float64   // in its block
}

// estimate gives all choices their probabilities. What a longer context decides counts for a shorter one only as the discount (as in R. Kneser and
// H. Ney, "Improved backing-off for m-gram language modeling", 1995), and a longer context adds to its own counts what the shorter one says.
func (t *tree) estimate() *root {
	r := t.root(t.flow())
	for i := range t.nodes {
		if n := &t.nodes[i]; !n.dead {
			t.share(r, n)
		}
	}
	return r
}

// flow finds what is decided in each context, and returns what is left for the root, by class and symbol.
func (t *tree) flow() (left [][]float64) {
	for _, f := range t.after {
		left = append(left, append([]float64(nil), f...))
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		n.flow = n.total
		for e := range n.live {
			e.flow = e.total
		}
	}
	for i := len(t.nodes) - 1; i >= 0; i-- {
		n := &t.nodes[i]
		if n.dead {
			continue
		}
		for e := range n.live {
			decided := e.total - float32(n.ceded(e))
			if n.up == none {
				left[t.class(n)][e.symbol] -= float64(decided)
				continue
			}
			up := &t.nodes[n.up]
			up.flow -= float64(decided)
			up.find(e.symbol).flow -= decided
		}
	}
	return left
}

func (n *node) ceded(e *entry) float64 { return min(discount[n.depth], float64(e.flow)*0.9) }

// share sets the probabilities of a context, whose shorter one has its own.
func (t *tree) share(r *root, n *node) {
	n.escape = 1
	ceded := 0.0
	for e := range n.live {
		e.p = float32((float64(e.flow) - n.ceded(e)) / n.flow)
		n.escape -= float64(e.p)
		ceded += n.ceded(e) / n.flow
	}
	ceded += shared * (n.escape - ceded)
	for e := range n.live {
		p := ceded * t.above(r, n, e.symbol)
		e.p += float32(p)
		n.escape -= p
	}
	if least := min(0.5, doubt/(n.flow+1)); n.escape < least {
		for e := range n.live {
			e.p *= float32((1 - least) / (1 - n.escape))
		}
		n.escape = least
	}
}

// above returns the probability of a symbol in the context that is shorter than n.
func (t *tree) above(r *root, n *node, symbol uint16) float64 {
	if n.up == none {
		return r.block[t.class(n)][t.block[symbol]] * r.symbol[symbol]
	}
	up := &t.nodes[n.up]
	return float64(up.find(symbol).p)
}

// root makes the lists of the root, in which everything has some probability.
func (t *tree) root(left [][]float64) *root {
	r := &root{symbol: make([]float64, len(t.runes))}
	blocks := make([]float64, len(t.blocks))
	sum := 0.0
	for _, f := range left {
		p := make([]float64, len(t.blocks)+1)
		for s, n := range f {
			n = max(0, n)
			r.symbol[s] += n
			p[t.block[s]] += n
			p[len(t.blocks)] += n
			blocks[t.block[s]] += n
			sum += n
		}
		r.block = append(r.block, p)
	}
	for s := range r.symbol {
		b := t.blocks[t.block[s]]
		r.symbol[s] = (r.symbol[s] + 0.5) / (blocks[t.block[s]] + 0.5*float64(b.last-b.first+1))
	}
	for i, p := range r.block {
		all := p[len(blocks)]
		for b := range blocks {
			p[b] = (p[b] + 5*(blocks[b]+1)/(sum+float64(len(blocks)))) / (all + 5)
		}
		r.block[i] = p[:len(blocks)]
	}
	return r
}
