package network

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// diary plays the same conversations over a profile and returns when what came.
func diary(t *testing.T, p Profile, seed uint64) (lines string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := New(p, seed)
		defer n.Close()
		l, err := n.Listen("server")
		if err != nil {
			t.Fatal(err)
		}
		var work sync.WaitGroup
		var pages [5]strings.Builder
		for c := range pages {
			client, err := n.Dial(t.Context(), "server")
			fmt.Fprintf(&pages[c], "%d: %v %v\n", c, n.now(), err)
			if err != nil {
				continue
			}
			work.Go(func() { io.Copy(client, io.LimitReader(ticks{}, 1000)) })
			work.Go(func() { note(&pages[c], n, client) })
			if p.Portal != NoPortal {
				continue
			}
			server, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			work.Go(func() { io.Copy(server, server) })
		}
		time.Sleep(10 * time.Minute)
		n.Close()
		work.Wait()
		for c := range pages {
			lines += pages[c].String()
		}
	})
	return lines
}

// note writes down when what comes.
func note(page *strings.Builder, n *Network, c io.Reader) {
	for {
		var text [100]byte
		m, err := c.Read(text[:])
		fmt.Fprintf(page, "%v %d %v\n", n.now(), m, err)
		if err != nil {
			return
		}
	}
}

// ticks gives ten bytes a second.
type ticks struct{}

func (ticks) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return min(10, len(p)), nil
}

func TestSeedDecides(t *testing.T) {
	for _, name := range Names() {
		p, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		one, again, other := diary(t, p, 1), diary(t, p, 1), diary(t, p, 2)
		if one != again {
			t.Errorf("%s: with the same seed\n%s\nand\n%s", name, one, again)
		}
		if byChance := p.Up.Jitter > 0 || p.Up.Loss > 0 || p.Outages != (Outages{}); byChance == (one == other) {
			t.Errorf("%s: chance plays a part: %v; but two seeds:\n%s\nand\n%s", name, byChance, one, other)
		}
	}
}

func TestFaster(t *testing.T) {
	for _, name := range Names() {
		p, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		p.Up.Header, p.Down.Header = 0, 0 // what a packet takes at the rate is rounded
		p.Up.Rate, p.Down.Rate = 0, 0
		if p.Next != nil {
			p.Next = nil
			p.Lasts = 0
		}
		slow, fast := took(t, p), took(t, p.Faster(10))
		for i := range slow {
			if off := slow[i] - 10*fast[i]; off.Abs() > 10*time.Microsecond {
				t.Errorf("%s: connection %d took %v, and ten times faster %v", name, i, slow[i], fast[i])
			}
		}
	}
}

// took returns how long some connections took to be made, and a packet on each.
func took(t *testing.T, p Profile) (times []time.Duration) {
	virtual(t, p, func(w *world) {
		if p.Portal != NoPortal {
			return
		}
		for range 100 {
			client, server := w.connect()
			w.write(client, "hello")
			w.read(server, "hello")
			times = append(times, w.now())
		}
	})
	return times
}

func TestUnknownProfile(t *testing.T) {
	if _, err := Named("pigeon"); err == nil || !strings.Contains(err.Error(), "captive, edge, gprs") {
		t.Error(err)
	}
}

func TestProfilesAreWhole(t *testing.T) {
	for name, p := range named {
		for _, w := range []Way{p.Up, p.Down} {
			if w.Loss < 0 || w.Loss > 0.5 || w.Rate <= 0 || w.Queue < packet || w.Header != header {
				t.Errorf("%s: %+v", name, w)
			}
		}
		if p.Name != name || p.About == "" || p.Lasts > 0 && p.Next == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
