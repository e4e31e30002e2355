package corpus

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Whole is the size of pieces that are whole first-level elements.
const Whole = 0

const (
	header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='example.org' id='c0ffee' version='1.0'>"
	footer = "</stream:stream>"
)

// Corpus is one stream.
type Corpus struct {
	Name   string
	Stream []byte // the whole of it, from the XML declaration to the end tag
	Ends   []int  // where the header, each first-level element and the stream end: ascending, the last is len(Stream)
}

// build returns the corpus of the elements that next makes, until the stream has size bytes.
func build(name string, size int, next func(i int) []byte) *Corpus {
	c := &Corpus{Name: name, Stream: make([]byte, 0, size+size/8+len(header))}
	c.append([]byte(header))
	for i := 0; len(c.Stream) < size; i++ {
		c.append(next(i))
	}
	c.append([]byte(footer))
	return c
}

func (c *Corpus) append(b []byte) {
	c.Stream = append(c.Stream, b...)
	c.Ends = append(c.Ends, len(c.Stream))
}

// Elements returns how many first-level elements there are.
func (c *Corpus) Elements() int { return len(c.Ends) - 2 }

// Stanzas returns the first-level elements, in order. They share memory with Stream.
func (c *Corpus) Stanzas() [][]byte {
	all := make([][]byte, c.Elements())
	for i := range all {
		all[i] = c.Stream[c.Ends[i]:c.Ends[i+1]:c.Ends[i+1]]
	}
	return all
}

// Pieces ranges over the stream in pieces of n bytes, the last of which may be shorter, or for Whole in its header, elements and end.
func (c *Corpus) Pieces(n int) iter.Seq[[]byte] { return Pieces(c.Stream, c.Ends, n) }

// Pieces is [Corpus.Pieces] for a stream and ends that were kept apart.
func Pieces(stream []byte, ends []int, n int) iter.Seq[[]byte] {
	if n != Whole {
		return slices.Chunk(stream, n)
	}
	return func(yield func([]byte) bool) {
		from := 0
		for _, to := range ends {
			if !yield(stream[from:to:to]) {
				return
			}
			from = to
		}
	}
}

// Sizes in bytes that the corpora have unless another is asked for.
const (
	TrafficBytes  = 20_000_000
	ExamplesBytes = 10_500_000
	HostileBytes  = 5_000_000 // each shape
)

// Names returns what [Named] knows.
func Names() []string {
	names := []string{"traffic", "examples", "hostile"}
	for _, s := range shapes {
		names = append(names, "hostile/"+s.name)
	}
	return names
}

// Named returns the corpora called name: "traffic", "examples", "hostile" for all hostile shapes, or "hostile/" and one of them. Each has
// about size bytes; 0 stands for its usual size.
func Named(name string, seed uint64, size int) ([]*Corpus, error) {
	or := func(usual int) int {
		if size == 0 {
			return usual
		}
		return size
	}
	switch shape, isShape := strings.CutPrefix(name, "hostile/"); {
	case name == "traffic":
		return []*Corpus{Traffic(seed, or(TrafficBytes))}, nil
	case name == "examples":
		return []*Corpus{Examples(seed, or(ExamplesBytes))}, nil
	case name == "hostile":
		return Hostile(or(HostileBytes)), nil
	case isShape:
		for _, s := range shapes {
			if s.name == shape {
				return []*Corpus{s.corpus(or(HostileBytes))}, nil
			}
		}
	}
	return nil, fmt.Errorf("there is no corpus %q: write one of %s", name, strings.Join(Names(), ", "))
}
