package link_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
)

// stale makes the client know a key that the server does not have any more.
func (w *world) stale(t testing.TB) *world {
	key := newKey(t, 9)
	w.client.ServerKey = key.Public[:]
	return w
}

// strange makes the client know the server's key, and the server forget the client.
func (w *world) strange() *world {
	w.server.Known = func(key []byte, d string) bool { return d != domain || !bytes.Equal(key, w.client.Static.Public[:]) }
	return w.ik()
}

// onlyHost lets the server have no host but the one.
func (w *world) onlyHost() *world {
	statement := w.server.Statement
	w.server.Statement = func(d string) ([]byte, error) {
		if d == "" {
			d = domain
		}
		return statement(d)
	}
	return w
}

// fallbacks are worlds in which IK cannot be.
func fallbacks(t testing.TB) map[string]*world {
	return map[string]*world{"stale": newWorld(t).onlyHost().stale(t), "strange": newWorld(t).strange()}
}

// TestFallback: on the connection of the IK that cannot be the server proves itself anew, and the link is there, with the server's key of now.
func TestFallback(t *testing.T) {
	for name, w := range fallbacks(t) {
		for _, relay := range []bool{false, true} {
			for _, size := range []int{1, 7, 1 << 20} {
				w.client.Relay, w.client.Route, w.server.Route = relay, []byte("here"), []byte("there")
				c, s := w.run(size, unchanged)
				if !c.done || !s.done {
					t.Fatalf("%s: %v, %v", name, c.err, s.err)
				}
				cs, ss := c.h.Session(), s.h.Session()
				if cs.Pattern() != link.XXfallback || ss.Pattern() != link.XXfallback || ss.Relayed() != relay || ss.Domain() != domain || cs.Domain() != domain {
					t.Errorf("%s: %v, %v, relayed %v, domains %s, %s", name, cs.Pattern(), ss.Pattern(), ss.Relayed(), ss.Domain(), cs.Domain())
				}
				if !bytes.Equal(cs.PeerStatic(), w.server.Static.Public[:]) || !bytes.Equal(ss.PeerStatic(), w.client.Static.Public[:]) {
					t.Errorf("%s: the ends do not know each other's keys", name)
				}
				if !bytes.Equal(cs.HandshakeHash(), ss.HandshakeHash()) || !c.h.Expires().Equal(now.Add(time.Hour)) || string(c.h.Route()) != "there" {
					t.Errorf("%s: hashes %x and %x, the key until %v, the route %q", name, cs.HandshakeHash(), ss.HandshakeHash(), c.h.Expires(), c.h.Route())
				}
				exchangeItems(t, cs, ss)
			}
		}
	}
}

// TestFallbackTakesNothingEarly: what was said with the first message counts as not said; the tables of packing are as if it had not been.
func TestFallbackTakesNothingEarly(t *testing.T) {
	for name, change := range map[string]func(*world){
		"stale":    func(w *world) { w.onlyHost().stale(t) },
		"strange":  func(w *world) { w.strange() },
		"homeless": func(w *world) { w.onlyHost().server.Home = func([]byte) (string, bool) { return "", false } },
	} {
		w, counters := early(t, 1)
		change(w)
		c, s := w.run(1<<20, unchanged)
		if c.err != nil || s.err != nil || c.h.EarlyTaken() || len(*counters) > 0 {
			t.Fatal(name, c.err, s.err, c.h.EarlyTaken(), *counters)
		}
		if got, err := s.h.Session().EarlyItems(new(link.Desk)); len(got) > 0 || err != nil {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		if c.h.Session().IDs() != nil || s.h.Session().IDs() != nil {
			t.Errorf("%s: the key of the archive's ids is taken as known", name)
		}
		exchangeItems(t, c.h.Session(), s.h.Session())
	}
}

// TestNoFallback: with servers and clients that do not know it, and a server that cannot tell whose statement to give, the client is told to use XX, and can.
func TestNoFallback(t *testing.T) {
	for _, c := range []struct {
		name   string
		world  *world
		client func(link.ClientConfig) *link.Handshake
	}{
		{"old client, stale", newWorld(t).onlyHost().stale(t), link.OldClient},
		{"old client, strange", newWorld(t).strange(), link.OldClient},
		{"several hosts", newWorld(t).stale(t), link.NewClient},
	} {
		ce, se := c.world.runAs(c.client, 1, unchanged)
		if ce.done || se.done || reasonOf(ce.err) != link.UseXX || reasonOf(se.err) != link.UseXX || !link.WantsXX(ce.err) {
			t.Errorf("%s: client %v, server %v", c.name, ce.err, se.err)
			continue
		}
		c.world.client.ServerKey = nil
		if s, _ := c.world.connect(t, 1<<20); s.Pattern() != link.XX {
			t.Errorf("%s: %v", c.name, s.Pattern())
		}
	}
	old := &link.Refusal{Reason: link.UnsupportedPattern}
	if !link.WantsXX(fmt.Errorf("dialling: %w", old)) || link.WantsXX(&link.Refusal{Reason: link.HostUnknown}) || link.WantsXX(errors.New("reset")) {
		t.Error("what WantsXX says")
	}
}

// TestOldClientUsesIK: servers still take it.
func TestOldClientUsesIK(t *testing.T) {
	c, s := newWorld(t).ik().runAs(link.OldClient, 1, unchanged)
	if !c.done || !s.done || c.h.Session().Pattern() != link.IK || s.h.Session().Pattern() != link.IK {
		t.Fatal(c.err, s.err)
	}
	exchange(t, c.h.Session(), s.h.Session())
}

// TestForgedFallback: only the server that the statement proves can make a client fall back, and only for the message that this client has sent.
func TestForgedFallback(t *testing.T) {
	w := newWorld(t).onlyHost().ik()
	forger := w.server
	forger.Static = newKey(t, 7) // with the statement of the real one
	real := link.NewServer(&w.server)

	c := &end{h: link.NewClient(w.client)}
	first := c.step(nil)
	forged := (&end{h: link.NewServer(&forger)}).step(first)
	if len(forged) == 0 || forged[0]&0x80 == 0 {
		t.Fatalf("the forger does not fall back: %x", forged)
	}
	if out := c.step(forged); c.err == nil || c.done || len(out) > 0 { // the device's key would be in it
		t.Errorf("a stolen statement: done %v, %v, and %d bytes are sent", c.done, c.err, len(out))
	}

	_, answer, _, err := real.Step(first)
	if err != nil || answer[0]&0x80 != 0 {
		t.Fatalf("%x, %v", answer, err)
	}
	for name, p := range map[string][]byte{"IK marked as a fallback": answer, "without content": {0, 0}, "of one byte": {0, 1, 7}} {
		p = bytes.Clone(p)
		p[0] |= 0x80
		c := &end{h: link.NewClient(w.sameRandom())}
		c.step(nil)
		if out := c.step(p); c.err == nil || c.done || len(out) > 0 {
			t.Errorf("%s: done %v, %v, %d bytes", name, c.done, c.err, len(out))
		}
	}

	stale := newWorld(t).onlyHost().stale(t)
	heard := (&end{h: link.NewServer(&stale.server)}).step((&end{h: link.NewClient(stale.client)}).step(nil))
	for name, client := range map[string]*link.Handshake{"of another handshake": link.NewClient(stale.client), "to an old client": link.OldClient(stale.client)} {
		c := &end{h: client}
		c.step(nil)
		if out := c.step(heard); c.err == nil || c.done || len(out) > 0 {
			t.Errorf("%s: done %v, %v, %d bytes", name, c.done, c.err, len(out))
		}
	}
	stale.client.ServerKey = nil
	c = &end{h: link.NewClient(stale.client)}
	c.step(nil)
	if out := c.step(heard); c.err == nil || c.done || len(out) > 0 {
		t.Errorf("to XX: done %v, %v, %d bytes", c.done, c.err, len(out))
	}
}

// sameRandom returns the client's configuration with the randomness that the first client of w had.
func (w *world) sameRandom() link.ClientConfig {
	cfg := w.client
	cfg.Random = seeded(4)
	return cfg
}

// TestFallbackIsForOneMessage: who changes the first message on the way makes the server fall back, but not the client: its prologue has the message as it was sent.
func TestFallbackIsForOneMessage(t *testing.T) {
	w := newWorld(t).onlyHost().ik()
	fellBack := false
	c, s := w.run(1<<20, func(fromClient bool, at int, p []byte) {
		if fromClient && at == 0 {
			p[len(p)-1] ^= 1
		} else if !fromClient {
			fellBack = p[0]&0x80 != 0
		}
	})
	if !fellBack || c.err == nil || c.done || s.done {
		t.Errorf("fell back %v; client done %v, %v; server done %v", fellBack, c.done, c.err, s.done)
	}
}

// TestFallbackToNoHost: the domain is said again, and has to be one that is served.
func TestFallbackToNoHost(t *testing.T) {
	w := newWorld(t).pinned().stale(t)
	w.server.Statement = func(d string) ([]byte, error) {
		if d != "" && d != domain {
			return nil, errNoHost
		}
		return []byte("proof"), nil
	}
	if c, s := w.run(1<<20, unchanged); !c.done || !s.done {
		t.Fatal(c.err, s.err)
	}
	w.client.Domain = "other.example"
	if _, s := w.run(1<<20, unchanged); s.done || !errors.Is(s.err, errNoHost) || s.h.Session() != nil {
		t.Errorf("done %v, %v", s.done, s.err)
	}
}

// TestShortFirstMessage: what has no ephemeral key cannot be answered by a fallback.
func TestShortFirstMessage(t *testing.T) {
	w := newWorld(t).onlyHost()
	for n := 1; n < link.KeySize; n++ {
		in := append([]byte("\xF7GWL\x01\x03\x00\x00\x00\x00\x00"), byte(n))
		if _, _, _, err := link.NewServer(&w.server).Step(append(in, bytes.Repeat([]byte{9}, n)...)); reasonOf(err) != link.Malformed {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	in := append([]byte("\xF7GWL\x01\x03\x00\x00\x00\x00\x00\x20"), make([]byte, link.KeySize)...) // a key of low order
	if _, out, done, err := link.NewServer(&w.server).Step(in); err == nil || done || len(out) > 0 {
		t.Errorf("%x, %v, %v", out, done, err)
	}
}
