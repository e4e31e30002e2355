package main

import (
	"testing"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec/pack"
)

func BenchmarkPack(b *testing.B) {
	var all [][]item
	for _, s := range corpus.Sessions(99, 40, 400, archiveID, nil) {
		all = append(all, items(s))
	}
	b.Run("encode", func(b *testing.B) {
		var e pack.Encoder
		var out []byte
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			for _, s := range all {
				c, d := pack.NewSession(true, tag), pack.NewSession(false, tag)
				for _, i := range s {
					to := d
					if i.up {
						to = c
					}
					e.Begin(out[:0], to)
					e.Item(i.item)
					out = e.End()
					n++
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/stanza")
	})
	b.Run("decode", func(b *testing.B) {
		var e pack.Encoder
		var frames [][][]byte
		for _, s := range all {
			var f [][]byte
			client, server := pack.NewSession(true, tag), pack.NewSession(false, tag)
			var d pack.Decoder
			for _, i := range s {
				from, to := server, client
				if i.up {
					from, to = client, server
				}
				e.Begin(nil, from)
				e.Item(i.item)
				out := e.End()
				f = append(f, out)
				d.Decode(nil, out, to, 1<<20)
			}
			frames = append(frames, f)
		}
		var d pack.Decoder
		var out []byte
		b.ReportAllocs()
		n := 0
		b.ResetTimer()
		for b.Loop() {
			for k, s := range all {
				_ = k
				client, server := pack.NewSession(true, tag), pack.NewSession(false, tag)
				// the ids said have to be known: encode them without measuring
				for j, i := range s {
					from, to := server, client
					if i.up {
						from, to = client, server
					}
					b.StopTimer()
					e.Begin(nil, from)
					e.Item(i.item)
					e.End()
					b.StartTimer()
					var err error
					if out, err = d.Decode(out[:0], frames[k][j], to, 1<<20); err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/stanza")
	})
}
