package link_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec/link"
)

// TestRoute: the client learns the token and sends it the next time, whole or byte by byte; the server then does not repeat it. It works all the same with
// another one, or none, and in both patterns.
func TestRoute(t *testing.T) {
	longest := strings.Repeat("x", link.MaxRoute)
	for _, test := range []struct{ server, client string }{
		{"", ""}, {"node-1", ""}, {"node-1", "node-1"}, {"node-1", "node-2"}, {"", "node-2"}, {longest, ""}, {longest, longest}, {"n", "\x00\xF7GWL"},
	} {
		for _, ik := range []bool{false, true} {
			for _, size := range []int{1, 1 << 20} {
				w := newWorld(t)
				if ik {
					w.ik()
				}
				w.server.Route, w.client.Route = []byte(test.server), []byte(test.client)
				c, s := w.run(size, unchanged)
				if c.err != nil || s.err != nil {
					t.Fatalf("%q: %v, %v", test, c.err, s.err)
				}
				if got := string(c.h.Route()); got != test.server {
					t.Errorf("%q: the next token is %q", test, got)
				}
				exchange(t, c.h.Session(), s.h.Session())
			}
		}
	}
}

// TestRouteCosts: a token that the server agrees with is not told again.
func TestRouteCosts(t *testing.T) {
	answer := func(route string) (n int) {
		w := newWorld(t).ik()
		w.server.Route, w.client.Route = []byte("node-1"), []byte(route)
		w.run(1<<20, func(fromClient bool, _ int, p []byte) {
			if !fromClient && n == 0 {
				n = len(p)
			}
		})
		return n
	}
	if with, without := answer("node-1"), answer(""); without-with != 2+len("node-1") {
		t.Errorf("%d bytes with the token, %d without", with, without)
	}
}

// TestRouteHostile: what begins as a token and is none is not answered, and neither is a second one; a token that is too long is not sent.
func TestRouteHostile(t *testing.T) {
	token := []byte("\xF7GWR\x02ab")
	for name, in := range map[string][]byte{
		"empty":    []byte("\xF7GWR\x00\xF7GWL"),
		"two":      append(bytes.Clone(token), token...),
		"nonsense": append(bytes.Clone(token), "GET / HTTP/1.1"...),
	} {
		w := newWorld(t)
		if _, out, done, err := link.NewServer(&w.server).Step(in); err == nil || done || len(out) > 0 {
			t.Errorf("%s: %x, %v, %v", name, out, done, err)
		}
	}
	for cut := range token {
		w := newWorld(t)
		if n, out, done, err := link.NewServer(&w.server).Step(token[:cut]); err != nil || done || n > 0 || len(out) > 0 {
			t.Errorf("cut at %d: %d, %x, %v, %v", cut, n, out, done, err)
		}
		if got, n := link.CutRoute(token[:cut]); n > 0 || len(got) > 0 {
			t.Errorf("cut at %d: a token %q", cut, got)
		}
	}
	if got, n := link.CutRoute(append(bytes.Clone(token), "rest"...)); string(got) != "ab" || n != len(token) {
		t.Errorf("%q, %d", got, n)
	}
	w := newWorld(t)
	w.client.Route = make([]byte, link.MaxRoute+1)
	if _, out, _, err := link.NewClient(w.client).Step(nil); err == nil || len(out) > 0 {
		t.Errorf("a token of %d bytes: %x", link.MaxRoute+1, out)
	}
}
