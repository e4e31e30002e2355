package main

import (
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

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

// journey is the items of a session, the frames that they have become, and the shortest time that each has taken to become one, or an item again.
type journey struct {
	domain         string
	items          []item
	frames         [][]byte
	best           []time.Duration
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

func (j *journey) encode(e *pack.Encoder, out []byte) []byte {
	for i := range j.items {
		it := &j.items[i]
		begin := time.Now()
		e.Begin(out[:0], j.end(it.up))
		e.Item(it.item)
		out = e.End()
		j.best[i] = min(j.best[i], time.Since(begin))
	}
	return out
}

func (j *journey) decode(d *pack.Decoder, out []byte) []byte {
	var err error
	for i, f := range j.frames {
		begin := time.Now()
		if out, err = d.Decode(out[:0], f, j.end(!j.items[i].up), 1<<20); err != nil {
			panic(err)
		}
		j.best[i] = min(j.best[i], time.Since(begin))
	}
	return out
}

// clock is what it takes to ask for the time.
func clock() time.Duration {
	best := time.Hour
	for range 1000 {
		best = min(best, time.Since(time.Now()))
	}
	return best
}

// BenchmarkPack encodes and decodes whole sessions, each stanza in a frame of its own. Beside the time of the clock stand that of the processor, and the mean of the shortest times that each
// stanza has taken in all rounds (-benchtime 50x has 50), which tells on a busy machine what a quiet one would take.
// What is said to be allocated are the tables of the sessions, which begin anew each time; TestAllocatesNothing of codec/pack shows that nothing else is.
func BenchmarkPack(b *testing.B) {
	var all []*journey
	stanzas := 0
	for _, s := range corpus.Sessions(99, 40, 400, archiveID, nil) {
		j := &journey{domain: domainOf(s), items: items(s)}
		j.best = make([]time.Duration, len(j.items))
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
	measure := func(name string, each func(j *journey)) {
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			b.ReportAllocs()
			for _, j := range all {
				for i := range j.best {
					j.best[i] = time.Hour
				}
			}
			begin := cpu()
			for b.Loop() {
				for _, j := range all {
					j.begin()
					each(j)
				}
			}
			n := float64(b.N * stanzas)
			b.ReportMetric(float64(cpu()-begin)/n, "cpu-ns/stanza")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/stanza")
			b.ReportMetric(0, "ns/op")
			report(b, all)
		})
	}
	var e pack.Encoder
	var d pack.Decoder
	var out []byte
	measure("encode", func(j *journey) { out = j.encode(&e, out) })
	measure("decode", func(j *journey) { out = j.decode(&d, out) })
}

// report says what stanzas have taken at best: all, and with -v each kind.
func report(b *testing.B, all []*journey) {
	sums, counts, kinds := make(map[string]time.Duration), make(map[string]int), []string{}
	empty := clock()
	for _, j := range all {
		for i, it := range j.items {
			for _, kind := range []string{"all", it.kind} {
				if counts[kind]++; counts[kind] == 1 {
					kinds = append(kinds, kind)
				}
				sums[kind] += j.best[i] - empty
			}
		}
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		b.Logf("%-15s %6d %8.0f ns", kind, counts[kind], float64(sums[kind])/float64(counts[kind]))
	}
	b.ReportMetric(float64(sums["all"])/float64(counts["all"]), "best-ns/stanza")
}
