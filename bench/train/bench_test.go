package main

import (
	"math"
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

// journey is the items of a session, and the frames that they have become.
type journey struct {
	domain         string
	items          []item
	frames         [][]byte
	client, server *pack.Session
}

func (j *journey) begin() {
	j.client, j.server = pack.NewSession(true, j.domain), pack.NewSession(false, j.domain)
}

// end returns that end of the link which sends an item, or the other.
func (j *journey) end(up bool) *pack.Session {
	if up {
		return j.client
	}
	return j.server
}

func (j *journey) encode(b *testing.B, e *pack.Encoder, out []byte) []byte {
	for i := range j.items {
		it := &j.items[i]
		e.Begin(out[:0], j.end(it.up))
		e.Item(it.item)
		out = e.End()
	}
	return out
}

func (j *journey) decode(b *testing.B, d *pack.Decoder, out []byte) []byte {
	var err error
	for i, f := range j.frames {
		if out, err = d.Decode(out[:0], f, j.end(!j.items[i].up), 1<<20); err != nil {
			b.Fatal(err)
		}
	}
	return out
}

// BenchmarkPack encodes and decodes whole sessions, each stanza in a frame of its own. Beside the time of the clock stands that of the processor, which other programs disturb less, and the
// best of all rounds through the sessions.
// What is said to be allocated are the tables of the sessions, which begin anew each time; TestAllocatesNothing of codec/pack shows that nothing else is.
func BenchmarkPack(b *testing.B) {
	var all []*journey
	stanzas := 0
	for _, s := range corpus.Sessions(99, 40, 400, archiveID, nil) {
		j := &journey{domain: domainOf(s), items: items(s)}
		j.begin()
		var e pack.Encoder
		for _, it := range j.items {
			e.Begin(nil, j.end(it.up))
			e.Item(it.item)
			j.frames = append(j.frames, e.End())
		}
		all = append(all, j)
		stanzas += len(j.items)
	}
	measure := func(name string, each func(b *testing.B, j *journey)) {
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			b.ReportAllocs()
			begin, best := cpu(), int64(math.MaxInt64)
			for b.Loop() {
				pass := cpu()
				for _, j := range all {
					j.begin()
					each(b, j)
				}
				best = min(best, cpu()-pass)
			}
			n := float64(b.N * stanzas)
			b.ReportMetric(float64(cpu()-begin)/n, "cpu-ns/stanza")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/stanza")
			b.ReportMetric(float64(best)/float64(stanzas), "best-cpu-ns/stanza")
			b.ReportMetric(0, "ns/op")
		})
	}
	var e pack.Encoder
	var d pack.Decoder
	var out []byte
	measure("encode", func(b *testing.B, j *journey) { out = j.encode(b, &e, out) })
	measure("decode", func(b *testing.B, j *journey) { out = j.decode(b, &d, out) })
}
