package compress

import (
	"bytes"
	"compress/flate"
	"testing"

	kflate "github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// writing reports what stanzas cost that write compresses.
func writing(b *testing.B, write func(p []byte) int) {
	stanzas := traffic(1, 4000)
	plain, wire := 0, 0
	for _, s := range stanzas {
		plain += len(s)
		wire += write(s)
	}
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		write(stanzas[i%len(stanzas)])
	}
	b.ReportMetric(float64(wire)/float64(len(stanzas)), "B/stanza")
	b.ReportMetric(float64(plain)/float64(wire), "ratio")
}

func BenchmarkWrite(b *testing.B) {
	var dst []byte
	for _, m := range []Method{Zlib, Godwit} {
		b.Run(m.String(), func(b *testing.B) {
			x := NewEncoder(m, nil)
			writing(b, func(p []byte) int {
				dst = x.pack(append(dst[:0], p...), 0)
				return len(dst)
			})
		})
	}
	for name, w := range map[string]*writer{"klauspost level 1": newWriter(1, nil), "klauspost level 7": newWriter(7, nil), "klauspost level 9": newWriter(9, nil)} {
		b.Run("zlib by "+name, func(b *testing.B) { writing(b, func(p []byte) int { return len(w.deflate(p, true)) }) })
	}
	for name, level := range map[string]int{"1": 1, "7": 7} {
		w := newWriter(level, Dictionary)
		b.Run("dictionary by klauspost level "+name, func(b *testing.B) { writing(b, func(p []byte) int { return len(w.deflate(p, false)) }) })
	}
}

// BenchmarkZstd is the alternative to deflate in the method Godwit. The magic number is not counted.
func BenchmarkZstd(b *testing.B) {
	for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault} {
		z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
			zstd.WithWindowSize(maxWindow), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithEncoderDictRaw(1, Dictionary))
		if err != nil {
			b.Fatal(err)
		}
		var dst []byte
		b.Run(level.String(), func(b *testing.B) {
			writing(b, func(p []byte) int {
				dst = z.EncodeAll(p, dst[:0])
				return len(dst) - 4
			})
		})
	}
}

// BenchmarkNewWriter shows what an encoder is large.
func BenchmarkNewWriter(b *testing.B) {
	b.Run("zlib", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newWriter(level, nil).deflate([]byte("x"), true)
		}
	})
	b.Run("dictionary", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newWriter(dictionaryLevel, Dictionary).deflate([]byte("x"), true)
		}
	})
}

// BenchmarkWindow is what zlib gains when its window lasts, at the price of secrets and memory. It is not what we do.
func BenchmarkWindow(b *testing.B) {
	var out bytes.Buffer
	std, _ := flate.NewWriter(&out, 6)
	k6, _ := kflate.NewWriter(&out, 6)
	k7, _ := kflate.NewWriter(&out, 7)
	for name, w := range map[string]interface {
		Write([]byte) (int, error)
		Flush() error
	}{"standard library level 6": std, "klauspost level 6": k6, "klauspost level 7": k7} {
		b.Run(name, func(b *testing.B) {
			writing(b, func(p []byte) int {
				out.Reset()
				w.Write(p)
				w.Flush()
				return out.Len()
			})
		})
	}
}

// BenchmarkRead decompresses and parses stanzas.
func BenchmarkRead(b *testing.B) {
	stanzas := traffic(1, 4000)
	for _, m := range []Method{Zlib, Godwit} {
		b.Run(m.String(), func(b *testing.B) {
			var wires [][]byte
			client := newOld(6)
			for _, s := range append([][]byte{[]byte(header)}, stanzas...) {
				if m == Zlib {
					wires = append(wires, client.says(string(s)))
				} else {
					wires = append(wires, messages(string(s)))
				}
			}
			var d *Decoder
			var scratch codec.Scratch
			for i := 0; b.Loop(); i++ {
				if i %= len(wires); i == 0 {
					d = NewDecoder(m, xmltext.NewDecoder(nil), nil, &DefaultLimits)
				}
				for p := wires[i]; len(p) > 0; {
					n, _, err := d.Decode(p, &scratch)
					if err != nil {
						b.Fatal(err)
					}
					p = p[n:]
					d.Rest()
				}
			}
		})
	}
	b.Run("plain", func(b *testing.B) {
		var d *xmltext.Decoder
		var scratch codec.Scratch
		all := append([][]byte{[]byte(header)}, stanzas...)
		for i := 0; b.Loop(); i++ {
			if i %= len(all); i == 0 {
				d = xmltext.NewDecoder(nil)
			}
			if _, _, err := d.Decode(all[i], &scratch); err != nil {
				b.Fatal(err)
			}
		}
	})
}
