package compact_test

import (
	"runtime"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// stanzas are the first elements of the XEPs' examples, as Trees.
func stanzas(t testing.TB, n int) (trees []*codec.Tree, xmlBytes int) {
	for _, x := range corpus.XEPExamples()[:n] {
		tree := parseXML(t, x.XML)
		trees = append(trees, tree)
		xmlBytes += len(toXML(tree)) // without the white space inside tags
	}
	return trees, xmlBytes
}

func TestNoAllocations(t *testing.T) {
	trees, _ := stanzas(t, 200)
	var enc compact.Encoder
	var buf []byte
	encode := func() {
		buf = append(buf[:0], itemOpen...)
		for _, tree := range trees {
			buf = enc.AppendElement(buf, tree.Root())
		}
	}
	encode()
	if n := testing.AllocsPerRun(20, encode); n != 0 && !raceEnabled {
		t.Errorf("encoding allocates %v times", n)
	}
	for _, size := range []int{len(buf), 100} {
		d := compact.NewDecoder(nil)
		var s codec.Scratch
		decode := func() {
			d.Restart()
			for stream := buf; len(stream) > 0; {
				piece := stream[:min(size, len(stream))]
				stream = stream[len(piece):]
				for len(piece) > 0 {
					n, _, err := d.Decode(piece, &s)
					if err != nil {
						t.Fatal(err)
					}
					piece = piece[n:]
				}
			}
		}
		decode()
		if n := testing.AllocsPerRun(20, decode); n != 0 && !raceEnabled {
			t.Errorf("decoding in pieces of %d allocates %v times", size, n)
		}
	}
}

// TestHeldBytes: of an unfinished item no more is held than came, whatever its length promises.
func TestHeldBytes(t *testing.T) {
	const streams = 1000
	stream := []byte(itemOpen + "\xFF\xFF\x0F\x01") // an item of 256 KiB less one
	var before, after runtime.MemStats
	decoders := make([]*compact.Decoder, streams)
	var s codec.Scratch
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range decoders {
		d := compact.NewDecoder(nil)
		for p := stream; len(p) > 0; {
			n, _, err := d.Decode(p, &s)
			if err != nil {
				t.Fatal(err)
			}
			p = p[n:]
		}
		decoders[i] = d
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / streams; each > 256 {
		t.Errorf("%d bytes are held for an item of which 4 came", each)
	}
	for _, d := range decoders {
		d.Close()
	}
}

// BenchmarkEncode and BenchmarkDecode take the XEPs' examples; ns/stanza is per element, and the sizes are means.
func BenchmarkEncode(b *testing.B) {
	trees, xmlBytes := stanzas(b, len(corpus.XEPExamples()))
	var enc compact.Encoder
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = buf[:0]
		for _, tree := range trees {
			buf = enc.AppendElement(buf, tree.Root())
		}
	}
	report(b, len(trees), xmlBytes, len(buf))
}

func BenchmarkDecode(b *testing.B) {
	trees, xmlBytes := stanzas(b, len(corpus.XEPExamples()))
	buf := []byte(itemOpen)
	for _, tree := range trees {
		buf = compact.Encoder{}.AppendElement(buf, tree.Root())
	}
	d := compact.NewDecoder(nil)
	var s codec.Scratch
	b.ReportAllocs()
	for b.Loop() {
		d.Restart()
		for p := buf; len(p) > 0; {
			n, _, err := d.Decode(p, &s)
			if err != nil {
				b.Fatal(err)
			}
			p = p[n:]
		}
	}
	report(b, len(trees), xmlBytes, len(buf))
}

func report(b *testing.B, stanzas, xmlBytes, compactBytes int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(stanzas), "ns/stanza")
	b.ReportMetric(float64(xmlBytes)/float64(stanzas), "XML-B/stanza")
	b.ReportMetric(float64(compactBytes)/float64(stanzas), "B/stanza")
}
