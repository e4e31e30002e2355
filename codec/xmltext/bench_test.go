package xmltext

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	benchcorpus "github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// traffic returns stanzas as a server might see them.
func traffic(seed uint64, stanzas int) [][]byte {
	return benchcorpus.Traffic(seed, stanzas*600).Stanzas()[:stanzas]
}

// consume decodes a stream in pieces of n bytes and returns how many elements it had.
func consume(b *testing.B, d *Decoder, s *codec.Scratch, text []byte, n int) (elements int) {
	for len(text) > 0 {
		p := text[:min(n, len(text))]
		text = text[len(p):]
		s.Hold(p) // as a loop does
		for len(p) > 0 {
			k, ev, err := d.Decode(p, s)
			if err != nil {
				b.Fatal(err)
			}
			if ev == codec.EventElement {
				elements++
			}
			p = p[k:]
		}
	}
	s.Hold(nil)
	return elements
}

func xepStanzas() (all [][]byte) {
	for _, e := range corpus.XEPExamples() {
		all = append(all, e.XML)
	}
	return all
}

// BenchmarkDecode reads the same stanzas with this package and with encoding/xml.
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name    string
		stanzas [][]byte
	}{{"traffic", traffic(1, 5000)}, {"xep", xepStanzas()}} {
		text := bytes.Join(c.stanzas, nil)
		report := func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(c.stanzas)), "ns/stanza")
		}
		for _, p := range []struct {
			name string
			size int
		}{{"16K", 16 << 10}, {"1460", 1460}, {"64", 64}, {"1", 1}} {
			b.Run(c.name+"/"+p.name, func(b *testing.B) {
				d, s := opened(b, clientHeader), new(codec.Scratch)
				b.ReportAllocs()
				for b.Loop() {
					if n := consume(b, d, s, text, p.size); n != len(c.stanzas) {
						b.Fatalf("%d stanzas", n)
					}
				}
				report(b)
			})
		}
		b.Run(c.name+"/encodingxml", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d := xml.NewDecoder(io.MultiReader(strings.NewReader(clientHeader), bytes.NewReader(text), strings.NewReader(rootEnd)))
				for {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
			report(b)
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, c := range []struct {
		name    string
		stanzas [][]byte
	}{{"traffic", traffic(1, 2000)}, {"xep", xepStanzas()[:2000]}} {
		trees := make([]codec.Tree, len(c.stanzas))
		for i := range trees {
			if err := Parse(c.stanzas[i], &trees[i]); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				out = out[:0]
				for i := range trees {
					out = Encoder{}.AppendElement(out, trees[i].Root())
				}
			}
			b.SetBytes(int64(len(out)))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(trees)), "ns/stanza")
		})
	}
}
