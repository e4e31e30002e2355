package link_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/godwit-im/godwit/codec/link"
)

// BenchmarkHandshake runs both ends of one handshake; the certificate is not part of it, since clients keep what it proves.
func BenchmarkHandshake(b *testing.B) {
	for _, w := range []*world{newWorld(b).pinned(), newWorld(b).pinned().ik()} {
		name := "XX"
		if w.client.ServerKey != nil {
			name = "IK"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.connect(b, 1<<20)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "handshakes/s")
		})
	}
}

// BenchmarkStatement is what XX costs a client besides: the chain and the signature, both ECDSA P-256.
func BenchmarkStatement(b *testing.B) {
	w := newWorld(b)
	statement := must(w.server.Statement(domain))
	for b.Loop() {
		if _, err := link.VerifyStatement(statement, w.server.Static.Public[:], domain, w.client.Roots, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	sender, receiver := newWorld(b).connect(b, 1<<20)
	for _, size := range []int{20, 200, 1400, 16_000} {
		plain := bytes.Repeat([]byte{7}, size)
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			var sealed []byte
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				sealed = sender.AppendFrames(sealed[:0], plain)
				if _, _, err := receiver.Open(nil, sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestLiveHeap measures what an idle session keeps alive, all in.
func TestLiveHeap(t *testing.T) {
	const n = 200
	w := newWorld(t).pinned().ik()
	sessions := make([]*link.Session, n)
	w.connect(t, 1<<20)
	before := liveHeap()
	for i := range sessions {
		_, sessions[i] = w.connect(t, 1<<20)
	}
	each := (liveHeap() - before) / n
	t.Logf("%d bytes of live heap a session", each)
	if each > 1000 {
		t.Errorf("a session keeps %d bytes alive", each)
	}
	runtime.KeepAlive(sessions)
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
