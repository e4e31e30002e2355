package link_test

import (
	"bytes"
	"testing"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/link"
)

// items are items of the compact coding: a header, <r xmlns='urn:xmpp:sm:3'/> and the end.
var items = []byte("\x04\x02\x80\xC1s" + "\x06\x01\x8A\x16\x0A\x19\x00" + "\x01\x03")

// early is a world where the client says items with its first message, and the server takes what is fresh.
func early(t *testing.T, counter uint64) (w *world, counters *[]uint64) {
	w, counters = newWorld(t).ik(), new([]uint64)
	w.client.Early, w.client.Counter = items, counter
	w.client.IDs = new(archiveid.Key)
	w.server.Fresh = func(peer []byte, d string, n uint64) (archiveid.Key, bool) {
		if !bytes.Equal(peer, w.client.Static.Public[:]) || d != domain {
			t.Errorf("asked about %x at %s", peer, d)
		}
		fresh := len(*counters) == 0 || n > (*counters)[len(*counters)-1]
		if fresh {
			*counters = append(*counters, n)
		}
		return archiveid.Key{}, fresh
	}
	return w, counters
}

// What is said with the first message is there when the server has answered it, and what follows it as well.
func TestEarly(t *testing.T) {
	for _, size := range []int{1, 7, 1 << 20} {
		w, counters := early(t, 1<<40)
		c, s := w.run(size, unchanged)
		if c.err != nil || s.err != nil || !c.h.EarlyTaken() || len(*counters) != 1 || (*counters)[0] != 1<<40 {
			t.Fatal(c.err, s.err, c.h.EarlyTaken(), *counters)
		}
		desk := new(link.Desk)
		got, err := s.h.Session().EarlyItems(desk)
		if err != nil || !bytes.Equal(got, items) {
			t.Fatalf("%x, %v", got, err)
		}
		if again, err := s.h.Session().EarlyItems(desk); len(again) > 0 || err != nil {
			t.Errorf("given twice: %x, %v", again, err)
		}
		exchangeItems(t, c.h.Session(), s.h.Session())
	}
}

// exchangeItems sends items both ways.
func exchangeItems(t *testing.T, c, s *link.Session) {
	t.Helper()
	for _, ends := range [][2]*link.Session{{c, s}, {s, c}, {c, s}} {
		desk := new(link.Desk)
		sealed := ends[0].AppendItems(nil, items, desk)
		n, got, err := ends[1].OpenItems(sealed, desk)
		if err != nil || n != len(sealed) || !bytes.Equal(got, items) {
			t.Fatalf("%d of %d bytes, %x, %v", n, len(sealed), got, err)
		}
	}
}

// A first message that was heard before is not taken again; the client is told, and says it in frames.
func TestEarlyTwice(t *testing.T) {
	w, counters := early(t, 7)
	*counters = []uint64{7}
	c, s := w.run(1<<20, unchanged)
	if c.err != nil || s.err != nil || c.h.EarlyTaken() {
		t.Fatal(c.err, s.err, c.h.EarlyTaken())
	}
	if got, err := s.h.Session().EarlyItems(new(link.Desk)); len(got) > 0 || err != nil {
		t.Errorf("%x, %v", got, err)
	}
	exchangeItems(t, c.h.Session(), s.h.Session())
}

// A server that takes nothing early, a first login, and more than fits in a message: the client says it later.
func TestEarlyNotTaken(t *testing.T) {
	for name, change := range map[string]func(*world){
		"server": func(w *world) { w.server.Fresh = nil },
		"XX":     func(w *world) { w.client.ServerKey = nil },
		"long":   func(w *world) { w.client.Early = bytes.Repeat([]byte{0xFF}, link.MaxClientMessage) },
	} {
		w, _ := early(t, 1)
		change(w)
		c, s := w.run(1<<20, unchanged)
		if c.err != nil || s.err != nil || c.h.EarlyTaken() {
			t.Fatal(name, c.err, s.err, c.h.EarlyTaken())
		}
		if got, err := s.h.Session().EarlyItems(new(link.Desk)); len(got) > 0 || err != nil {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		exchangeItems(t, c.h.Session(), s.h.Session())
	}
}
