package hostile

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestHostile plays everything to one server, and looks at the end whether it has left anything behind.
func TestHostile(t *testing.T) {
	before := runtime.NumGoroutine()
	w := newWorld(t)
	s, err := newSink(t.Context(), w)
	must(t, err)
	b, err := newBystanders(t.Context(), w)
	must(t, err)
	for _, stage := range []struct {
		name string
		run  func(t *testing.T, w *world)
	}{
		{"before login", beforeLogin},
		{"after login", afterLogin},
		{"link", onTheLink},
		{"big", bigOnes},
		{"outsider", outsider},
	} {
		began := time.Now()
		t.Run(stage.name, func(t *testing.T) { stage.run(t, w) })
		t.Logf("%s: %v", stage.name, time.Since(began).Round(time.Millisecond))
	}
	rounds, slowest, err := b.close()
	t.Logf("bystanders: %d rounds, the slowest took %v", rounds, slowest)
	if err != nil || rounds == 0 {
		t.Errorf("the bystanders noticed: %v", err)
	}
	s.close()
	w.control.close()
	w.leftBehind(t, before)
}

// leftBehind looks for what must not be left when all clients have gone, and the server too.
func (w *world) leftBehind(t *testing.T, goroutines int) {
	within(t, "connections", func() (any, bool) { n := w.server.Stats().Connections; return n, n == 0 })
	within(t, "sessions", func() (any, bool) { _, n := w.router.Len(); return n, n == 0 })
	w.close()
	within(t, "goroutines", func() (any, bool) {
		buf := make([]byte, 1<<20)
		return string(buf[:runtime.Stack(buf, true)]), runtime.NumGoroutine() <= goroutines
	})
	st := w.server.Stats()
	if st.Panics != 0 || st.InboxFull != 0 || st.Overloaded != 0 || st.HeldTooMuch != 0 {
		t.Errorf("the edge complains: %+v", st)
	}
	t.Logf("connections %d, bytes in %d, out %d, handshakes %d, failed %d, loop lag %v",
		st.Accepted, st.BytesReceived, st.BytesSent, st.Handshakes, st.HandshakesFailed, st.LoopLagMax)
	for _, line := range w.log.all() {
		t.Errorf("in the log: %s", line)
	}
}

// within waits until nothing of what is left.
func within(t *testing.T, what string, look func() (left any, ok bool)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		left, ok := look()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("%s left: %v", what, left)
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// together runs f for each job, several at a time: they mostly wait for the network.
func together[T any](jobs []T, f func(T)) {
	const workers = 8
	work := make(chan T)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for j := range work {
				f(j)
			}
		})
	}
	for _, j := range jobs {
		work <- j
	}
	close(work)
	wg.Wait()
}
