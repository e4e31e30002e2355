package main

import (
	"runtime"
	"syscall"
	"testing"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec/pack"
)

// cpu returns the CPU time of this thread in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(1, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkPack(b *testing.B) {
	var all [][]item
	var domains []string
	for _, s := range corpus.Sessions(99, 40, 400, archiveID, nil) {
		all = append(all, items(s))
		domains = append(domains, domainOf(s))
	}
	b.Run("encode", func(b *testing.B) {
		var e pack.Encoder
		var out []byte
		b.ReportAllocs()
		n := 0
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		begin := cpu()
		defer func() { b.ReportMetric(float64(cpu()-begin)/float64(n), "cpu-ns/stanza") }()
		for b.Loop() {
			for i, s := range all {
				c, d := pack.NewSession(true, domains[i]), pack.NewSession(false, domains[i])
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
		var d pack.Decoder
		var out, got []byte
		b.ReportAllocs()
		n, spent := 0, int64(0)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		frames := make([][]byte, 0, 1000)
		for b.Loop() {
			for i, s := range all {
				client, server := pack.NewSession(true, domains[i]), pack.NewSession(false, domains[i])
				frames = frames[:0]
				out = out[:0]
				for _, i := range s {
					from, to := server, client
					if i.up {
						from, to = client, server
					}
					e.Begin(out, from)
					e.Item(i.item)
					mark := len(out)
					out = e.End()
					begin := cpu()
					var err error
					if got, err = d.Decode(got[:0], out[mark:], to, 1<<20); err != nil {
						b.Fatal(err)
					}
					spent += cpu() - begin
					n++
				}
			}
		}
		b.ReportMetric(float64(spent)/float64(n), "cpu-ns/stanza")
	})
}
