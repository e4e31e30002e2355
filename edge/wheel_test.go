package edge

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// TestWheel compares the wheel with a list of times.
func TestWheel(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	var w wheel
	conns := make([]*conn, 200)
	due := make(map[*conn]uint32)
	for i := range conns {
		conns[i] = new(conn)
	}
	now := uint32(1)
	for range 20_000 {
		c := conns[random.IntN(len(conns))]
		switch random.IntN(4) {
		case 0, 1:
			at := now + uint32(random.IntN(3*wheelSlots))
			w.arm(c, at, now)
			due[c] = max(at, now+1)
		case 2:
			w.arm(c, 0, now)
			delete(due, c)
		case 3:
			now += uint32(random.IntN(50))
			for _, c := range w.advance(now) {
				if at, ok := due[c]; !ok || at > now {
					t.Fatalf("seed %d: at %d came one that is due at %d", seed, now, at)
				}
				delete(due, c)
			}
			for c, at := range due {
				if at <= now {
					t.Fatalf("seed %d: at %d one that is due at %d did not come", seed, now, at)
				}
				if c.due == 0 {
					t.Fatalf("seed %d: one is not armed", seed)
				}
			}
		}
		if w.armed != len(due) {
			t.Fatalf("seed %d: %d armed, want %d", seed, w.armed, len(due))
		}
	}
}

func TestWheelAllocatesNothing(t *testing.T) {
	var w wheel
	c := new(conn)
	now := uint32(1)
	w.arm(c, 2, now)
	w.advance(2)
	if n := testing.AllocsPerRun(1000, func() {
		now++
		w.arm(c, now+5, now)
		w.arm(c, now+1, now)
		w.advance(now)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLane: at most so many at once, all of them, in order, and the one that finds no place is told.
func TestLane(t *testing.T) {
	l := newLane(3, 5000)
	var running, most, done atomic.Int64
	release := make(chan bool)
	run := func() bool {
		return l.run(func() {
			if n := running.Add(1); n > most.Load() {
				most.Store(n)
			}
			<-release
			running.Add(-1)
			done.Add(1)
		})
	}
	for i := range 5003 {
		if !run() {
			t.Fatalf("%d was refused", i)
		}
	}
	if run() {
		t.Error("one past the queue was taken")
	}
	close(release)
	l.wait()
	if most.Load() > 3 || done.Load() != 5003 {
		t.Errorf("%d at once, %d done", most.Load(), done.Load())
	}
	var mu sync.Mutex
	var order []int
	one := newLane(1, 100)
	for i := range 50 {
		one.run(func() { mu.Lock(); order = append(order, i); mu.Unlock() })
	}
	one.wait()
	for i, n := range order {
		if i != n {
			t.Fatalf("order %v", order)
		}
	}
}
