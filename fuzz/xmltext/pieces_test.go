package xmltext

import "github.com/godwit-im/godwit/fuzz/plain"

// sizes are those that reads in real life have, and some around the decoder's blocks.
var sizes = []int{1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 256, 512, 1_000, 1_460, 4_096, 8_191, 8_192, 8_193, 16_384, 65_536}

// cut appends to cuts the ends of the pieces in which a stream is read, in one of several ways.
func (g *generator) cut(cuts []int, data []byte, events []plain.Event) []int {
	n := len(data)
	if n == 0 {
		return cuts
	}
	switch k := g.n(16); {
	case k < 1: // byte by byte; for long streams in small pieces
		return g.every(cuts, n, 1+n/1_000)
	case k < 5: // one cut
		cuts = append(cuts, 1+g.n(n))
	case k < 8: // around the ends of events
		for _, e := range events {
			if at := e.At + g.n(3) - 1; at > last(cuts) && at < n {
				cuts = append(cuts, at)
			}
		}
	case k < 11: // equal pieces
		size := pick(g, sizes)
		if n/size > 1_000 {
			size = n/1_000 + g.n(64)
		}
		return g.every(cuts, n, size)
	case k < 14: // some pieces
		for at := g.n(1 + n/2); at < n; at += 1 + g.n(1+n/2) {
			if at > 0 {
				cuts = append(cuts, at)
			}
		}
	default: // many pieces
		longest := 1 + g.n(40) + n/1_000
		for at := 1 + g.n(longest); at < n; at += 1 + g.n(longest) {
			cuts = append(cuts, at)
		}
	}
	if last(cuts) < n {
		cuts = append(cuts, n)
	}
	return cuts
}

// every cuts n bytes in equal pieces.
func (g *generator) every(cuts []int, n, size int) []int {
	for at := size; at < n; at += size {
		cuts = append(cuts, at)
	}
	return append(cuts, n)
}

func last(cuts []int) int {
	if len(cuts) == 0 {
		return 0
	}
	return cuts[len(cuts)-1]
}
