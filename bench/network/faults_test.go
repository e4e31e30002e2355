package network

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// arrivals sends numbered packets, one each gap, and returns how long each took.
func (w *world) arrivals(packets int, gap time.Duration) (took []time.Duration) {
	client, server := w.connect()
	begin := time.Now()
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		for n := range packets {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], uint32(n))
			client.Write(b[:])
			time.Sleep(gap)
		}
	})
	for n := range packets {
		var b [4]byte
		io.ReadFull(server, b[:])
		if got := binary.BigEndian.Uint32(b[:]); got != uint32(n) {
			w.Fatalf("packet %d came as number %d", got, n)
		}
		took = append(took, time.Since(begin)-time.Duration(n)*gap)
	}
	return took
}

func TestJitterKeepsOrder(t *testing.T) {
	const least, jitter = 100 * time.Millisecond, 50 * time.Millisecond
	virtual(t, Profile{Up: Way{Delay: least, Jitter: jitter}}, func(w *world) {
		took := w.arrivals(2000, time.Millisecond) // closer to each other than the jitter
		if low, high := slices.Min(took), slices.Max(took); low < least || high >= least+jitter || high < least+jitter*9/10 {
			w.Errorf("packets took %v to %v", low, high)
		}
	})
	virtual(t, Profile{Up: Way{Delay: least, Jitter: jitter}}, func(w *world) {
		took := w.arrivals(2000, jitter) // each for itself
		var sum time.Duration
		for _, d := range took {
			sum += d - least
		}
		if mean := sum / 2000; mean < jitter*48/100 || mean > jitter*52/100 {
			w.Errorf("the mean jitter is %v", mean)
		}
	})
}

func TestLossIsAStall(t *testing.T) {
	p := path(second)
	p.Up.Loss = 0.1
	rto := second + leastRTO
	virtual(t, p, func(w *world) {
		took := w.arrivals(5000, 3*rto)
		times := map[time.Duration]int{}
		for _, d := range took {
			times[d-second/2]++
		}
		once, twice := float64(times[rto])/5000, float64(times[rto+2*rto])/5000
		if once < 0.08 || once > 0.10 || twice < 0.006 || twice > 0.012 || times[0] < 4400 {
			w.Errorf("%v", times)
		}
	})
	virtual(t, p, func(w *world) { // all behind it wait
		took := w.arrivals(1000, rto/4)
		stalls := 0
		for n, d := range took[:len(took)-1] {
			if d == second/2+rto {
				stalls++
				if next := took[n+1]; next < second/2+rto*3/4 {
					w.Errorf("a packet passed the lost one: it took %v", next)
				}
			}
		}
		if stalls < 50 {
			w.Errorf("%d stalls", stalls)
		}
	})
}

func TestLostSYN(t *testing.T) {
	virtual(t, Profile{Up: Way{Loss: 0.5}}, func(w *world) {
		times := map[time.Duration]int{}
		for range 200 {
			begin := time.Now()
			if _, err := w.Dial(w.Context(), "server"); err != nil {
				w.Fatal(err)
			}
			times[time.Since(begin)]++
		}
		if times[0] < 80 || times[second] < 30 || times[3*second] < 15 || times[0]+times[second]+times[3*second]+times[7*second] < 180 {
			w.Errorf("%v", times)
		}
	})
}

func TestOutages(t *testing.T) {
	o := Outages{Every: 30 * second, For: 6 * second}
	p := path(second / 10)
	p.Outages = o
	virtual(t, p, func(w *world) {
		out, longest, length := 0, time.Duration(0), time.Duration(0)
		for at := time.Duration(0); at < time.Hour; at += second / 10 {
			if !o.at(at, w.seed) {
				length = 0
				continue
			}
			out++
			length += second / 10
			longest = max(longest, length)
		}
		if share := float64(out) / 36000; share < 0.13 || share > 0.17 || longest > o.For*2 || longest < 4*second {
			w.Errorf("%.3f of the time without network, %v at once", share, longest)
		}
		took := w.arrivals(600, second/10)
		if worst := slices.Max(took); worst < 3*second || worst > 3*o.For {
			w.Errorf("a packet took %v", worst)
		}
	})
}

func TestNATForgets(t *testing.T) {
	p := path(second)
	p.NAT = time.Minute
	virtual(t, p, func(w *world) {
		client, server := w.connect()
		for range 3 { // either direction keeps it
			time.Sleep(time.Minute - second/2)
			w.write(client, "a")
			w.read(server, "a")
			time.Sleep(time.Minute - second/2)
			w.write(server, "b")
			w.read(client, "b")
		}
		time.Sleep(time.Minute)
		w.write(client, "lost without a word")
		w.silent(server)
		w.write(server, "this too")
		w.silent(client)
		again, other := w.connect()
		w.write(again, "a new connection")
		w.read(other, "a new connection")
	})
}

func TestSilenceLosesWhatIsUnderWay(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		client, server := w.connect()
		w.write(client, "there")
		time.Sleep(second)
		w.write(client, "not yet")
		client.Break(BySilence)
		w.read(server, "there")
		w.silent(server)
		client.Close()
		w.silent(server)
		server.SetWriteDeadline(time.Now().Add(time.Hour))
		if n, err := server.Write(make([]byte, 2*window)); n < window/2 || n > 2*window-packet || err == nil {
			w.Errorf("wrote %d bytes into the void: %v", n, err)
		}
	})
}

func TestHalfOpen(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		client, server := w.connect()
		client.Break(ByHalfOpen)
		w.ends(client, syscall.ETIMEDOUT)
		w.write(server, "are you there?")
		w.silent(server)
	})
}

func TestLife(t *testing.T) {
	p := path(second)
	p.Life = Span{time.Minute, 2 * time.Minute}
	virtual(t, p, func(w *world) {
		seen := map[time.Duration]bool{}
		for range 20 {
			begin := time.Now()
			client, _ := w.connect()
			w.ends(client, syscall.ECONNRESET)
			life := time.Since(begin)
			seen[life] = true
			if life < p.Life.Min || life > p.Life.Max {
				w.Errorf("it lived for %v", life)
			}
		}
		if len(seen) < 20 {
			w.Errorf("%d lives are not all different", len(seen))
		}
	})
}

func TestPathChanges(t *testing.T) {
	next := path(2 * second)
	p := path(second)
	p.Lasts, p.Gap, p.Next = 10*second, 2*second, &next
	virtual(t, p, func(w *world) {
		client, server := w.connect()
		w.write(client, "here")
		w.read(server, "here")
		time.Sleep(10*second + 1 - time.Since(w.began))
		if got := w.Profile().RTT(); got != next.RTT() {
			w.Errorf("the round trip is %v", got)
		}
		w.write(server, "lost")
		begin := time.Now()
		again, other := w.connect() // SYN comes through with its second repetition, after 3 s
		if took := time.Since(begin); took != 3*second+next.RTT()*3/2 {
			w.Errorf("the new connection took %v", took)
		}
		w.write(again, "a new path")
		w.read(other, "a new path")
		w.silent(client)
		w.silent(server)
	})
	virtual(t, p, func(w *world) { // by hand, before it comes by itself; and a SYN under way is lost
		w.Change(p, 0)
		ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
		defer cancel()
		time.AfterFunc(second/2, func() { w.Change(next, 0) })
		if _, err := w.Dial(ctx, "server"); !errors.Is(err, context.DeadlineExceeded) {
			w.Error(err)
		}
		client, _ := w.connect()
		time.AfterFunc(time.Hour, func() { client.Break(ByReset) })
		w.ends(client, syscall.ECONNRESET)
	})
}

func TestNobodyAnswersSYN(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		time.AfterFunc(second/2, func() { w.Change(path(second), 0) })
		if _, err := w.Dial(w.Context(), "server"); !errors.Is(err, syscall.ETIMEDOUT) {
			w.Error(err)
		}
		w.at(patience + second)
	})
}

func TestCaptive(t *testing.T) {
	p := path(second)
	p.Portal = Answers
	virtual(t, p, func(w *world) {
		client, err := w.Dial(w.Context(), "wherever")
		if err != nil {
			w.Fatal(err)
		}
		w.write(client, "<stream:stream>")
		text, err := io.ReadAll(client)
		if string(text) != portalAnswer || err != nil {
			w.Errorf("%q, %v", text, err)
		}
		w.at(2 * second)
	})
	p.Portal = Swallows
	virtual(t, p, func(w *world) {
		client, err := w.Dial(w.Context(), "server")
		if err != nil {
			w.Fatal(err)
		}
		w.write(client, "<stream:stream>")
		w.silent(client)
		w.Listener.Close()
		if _, err := w.Accept(); !errors.Is(err, net.ErrClosed) {
			w.Errorf("the server was asked: %v", err)
		}
	})
}

func TestClosedNetwork(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		client, server := w.connect()
		w.Dial(w.Context(), "server") // nobody accepts it
		time.AfterFunc(second/2, w.Network.Close)
		if _, err := w.Dial(w.Context(), "server"); !errors.Is(err, syscall.ENETDOWN) {
			w.Error(err)
		}
		w.ends(client, syscall.ECONNRESET)
		w.ends(server, syscall.ECONNRESET)
		if _, err := w.Dial(w.Context(), "server"); !errors.Is(err, syscall.ENETDOWN) {
			w.Error(err)
		}
		if _, err := w.Listen("another"); !errors.Is(err, syscall.ENETDOWN) {
			w.Error(err)
		}
		w.Network.Close()
	})
}
