package link_test

import (
	"bytes"
	"testing"
)

// Who relays for others says so, in both patterns, and it is part of what both sides have agreed on.
func TestRelay(t *testing.T) {
	for _, relay := range []bool{false, true} {
		for _, ik := range []bool{false, true} {
			w := newWorld(t)
			if ik {
				w = w.ik()
			}
			w.client.Relay = relay
			c, s := w.run(1<<20, unchanged)
			if c.err != nil || s.err != nil {
				t.Fatal(c.err, s.err)
			}
			if got := s.h.Session().Relayed(); got != relay {
				t.Errorf("IK %v: relayed %v, want %v", ik, got, relay)
			}
			if c.h.Session().Relayed() || s.h.Session().Domain() != domain {
				t.Error("the client is told, or the domain is lost")
			}
			exchangeItems(t, c.h.Session(), s.h.Session())
		}
	}
}

// TestRelayIsTold: to take the word away on the way, so that the server offers a binding that cannot be, ends the handshake.
func TestRelayIsTold(t *testing.T) {
	w := newWorld(t)
	w.client.Relay = true
	c, s := w.run(1<<20, func(fromClient bool, at int, p []byte) {
		if i := bytes.Index(p, []byte("\x81\x00")); fromClient && at == 0 && i >= 0 {
			p[i] = 0xFF // something that the server does not know
		}
	})
	if c.done || s.done {
		t.Error("the server does not know, and the handshake goes on")
	}
}
