package link_test

import (
	"bytes"
	"testing"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/link"
)

// known makes the client one that the server knows by its key.
func (w *world) known() *world {
	w.client.IDs = new(archiveid.Key)
	return w.ik()
}

// TestDomainIsNotSaid: a device that the server knows need not say whose it is, with something early or without. One that relays does, and so does a new one.
func TestDomainIsNotSaid(t *testing.T) {
	said := func(change func(*world)) (bytes int) {
		w := newWorld(t)
		change(w)
		c, s := w.run(1, func(fromClient bool, at int, _ []byte) {
			if fromClient {
				bytes = at + 1
			}
		})
		if !c.done || !s.done || c.h.Session().Domain() != domain || s.h.Session().Domain() != domain {
			t.Fatal(c.err, s.err)
		}
		exchangeItems(t, c.h.Session(), s.h.Session())
		return bytes
	}
	field := 2 + len(domain)
	whole := said(func(w *world) { w.ik() })
	if n := said(func(w *world) { w.known() }); n != whole-field {
		t.Errorf("%d bytes, and %d with the domain", n, whole)
	}
	if n := said(func(w *world) { w.known().client.Relay = true }); n != whole+2 {
		t.Errorf("%d bytes of one that relays, and %d with the domain alone", n, whole)
	}
	if new, known := said(func(*world) {}), said(func(w *world) { w.known().client.ServerKey = nil }); new != known {
		t.Errorf("%d bytes with XX, %d when nothing else is known", known, new)
	}
}

// TestDomainOfNobody: with a key that nobody has registered the server falls back, if it has one host, and asks for XX when it has several. A domain that it does not serve any more it
// refuses.
func TestDomainOfNobody(t *testing.T) {
	nobody := func([]byte) (string, bool) { return "", false }
	for _, home := range []func([]byte) (string, bool){nil, nobody} {
		w := newWorld(t).onlyHost().known()
		w.server.Home = home
		if c, s := w.connect(t, 1); c.Pattern() != link.XXfallback || s.Domain() != domain {
			t.Errorf("%v, at %q", c.Pattern(), s.Domain())
		}
		w = newWorld(t).known()
		w.server.Home = home
		if c, s := w.run(1, unchanged); reasonOf(c.err) != link.UseXX || reasonOf(s.err) != link.UseXX {
			t.Error(c.err, s.err)
		}
	}
	w := newWorld(t).onlyHost().known()
	w.server.Home = func([]byte) (string, bool) { return "other.example", true }
	if c, s := w.run(1, unchanged); reasonOf(c.err) != link.HostUnknown || reasonOf(s.err) != link.HostUnknown {
		t.Error(c.err, s.err)
	}
}

// TestHomeIsAskedForTheKey that the handshake has proved, and not for one that says where it belongs.
func TestHomeIsAskedForTheKey(t *testing.T) {
	w, asked := newWorld(t).known(), 0
	w.server.Home = func(peer []byte) (string, bool) {
		asked++
		return domain, bytes.Equal(peer, w.client.Static.Public[:])
	}
	if w.connect(t, 1<<20); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	w.client.IDs = nil
	if w.connect(t, 1<<20); asked != 1 {
		t.Errorf("asked %d times, the domain being said", asked)
	}
}
