package link_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
)

// pinned makes the client accept the statement "proof" instead of a certificate, which keeps messages short.
func (w *world) pinned() *world {
	w.server.Statement = func(string) ([]byte, error) { return []byte("proof"), nil }
	w.client.Verify = func(serverKey, statement []byte) (time.Time, error) {
		if !bytes.Equal(serverKey, w.server.Static.Public[:]) || string(statement) != "proof" {
			return time.Time{}, errors.New("another key")
		}
		return now, nil
	}
	return w
}

func reasonOf(err error) link.Reason {
	if r, ok := errors.AsType[*link.Refusal](err); ok {
		return r.Reason
	}
	return 0
}

// TestEveryFlippedBitIsRefused changes each bit that passes in a handshake: at least one end must notice, and never do both finish.
func TestEveryFlippedBitIsRefused(t *testing.T) {
	for _, w := range []*world{newWorld(t).pinned(), newWorld(t).pinned().ik(), newWorld(t).pinned().stale(t), newWorld(t).pinned().strange()} {
		sent := map[bool]int{}
		if c, s := w.run(1, func(fromClient bool, at int, _ []byte) { sent[fromClient] = at + 1 }); !c.done || !s.done {
			t.Fatal("the handshake does not work unchanged")
		}
		for fromClient, size := range sent {
			for bit := 0; bit < size*8; bit += flipStep {
				c, s := w.run(1, func(from bool, at int, p []byte) {
					if from == fromClient && at == bit/8 {
						p[0] ^= 1 << (bit % 8)
					}
				})
				if c.done && s.done {
					t.Errorf("client=%v: bit %d of byte %d was flipped and nobody noticed", fromClient, bit%8, bit/8)
				}
				if c.err == nil && s.err == nil && len(c.in)+len(s.in) == 0 {
					t.Errorf("client=%v: bit %d of byte %d: no error, and nothing is waited for", fromClient, bit%8, bit/8)
				}
			}
		}
	}
}

// TestEveryCutWaits ends what one end sends after each byte: the other must wait, not fail and not finish.
func TestEveryCutWaits(t *testing.T) {
	for _, w := range []*world{newWorld(t).pinned(), newWorld(t).pinned().ik(), newWorld(t).pinned().stale(t), newWorld(t).pinned().strange()} {
		var all, answer []byte
		w.server.Random, w.client.Random = seeded(3), seeded(4)
		w.run(1<<20, func(fromClient bool, _ int, p []byte) {
			if fromClient {
				all = append(all, p...)
			} else {
				answer = append(answer, p...)
			}
		})
		for n := range answer {
			c := &end{h: link.NewClient(w.sameRandom())}
			c.step(nil)
			if c.step(answer[:n]); c.done || c.err != nil {
				t.Fatalf("%d of %d bytes of the answer: done %v, %v", n, len(answer), c.done, c.err)
			}
		}
		for n := range all {
			w.server.Random = seeded(3) // as in the run before, so that the client's bytes fit
			s := &end{h: link.NewServer(&w.server)}
			s.step(all[:n])
			if s.done || s.err != nil {
				t.Fatalf("%d of %d bytes: done %v, %v", n, len(all), s.done, s.err)
			}
		}
	}
}

func TestPreamble(t *testing.T) {
	w := newWorld(t).pinned()
	good := "\xF7GWL\x01\x01\x00\x00\x00\x00"
	for _, c := range []struct {
		name, in string
		reason   link.Reason // 0: no answer
		fails    bool
	}{
		{"whole", good, 0, false},
		{"version 0", "\xF7GWL\x00", link.UnsupportedVersion, true},
		{"version 2, as early as known", "\xF7GWL\x02", link.UnsupportedVersion, true},
		{"pattern 0", good[:5] + "\x00" + good[6:], link.UnsupportedPattern, true},
		{"pattern 4", good[:5] + "\x04" + good[6:], link.UnsupportedPattern, true},
		{"another dictionary", good[:9] + "\x01", link.UnknownDictionary, true},
		{"HTTP", "G", 0, true},
		{"TLS", "\x16\x03\x01", 0, true},
		{"XML", "<?xml", 0, true},
		{"wrong at the last byte of the magic", "\xF7GWM", 0, true},
		{"a message over the limit", good + "\x20\x01", link.Malformed, true},
		{"a message of the limit, not whole", good + "\x20\x00", 0, false},
		{"an empty message", good + "\x00\x00", link.Malformed, true},
		{"no domain", good + "\x00\x20" + strings.Repeat("k", 32), link.Malformed, true},
		{"an empty domain", good + "\x00\x22" + strings.Repeat("k", 32) + "\x01\x00", link.Malformed, true},
		{"a domain with a space", good + "\x00\x23" + strings.Repeat("k", 32) + "\x01\x01 ", link.Malformed, true},
		{"two domains", good + "\x00\x26" + strings.Repeat("k", 32) + "\x01\x01a\x01\x01b", link.Malformed, true},
		{"a field with a wrong length", good + "\x00\x23" + strings.Repeat("k", 32) + "\x01\x02a", link.Malformed, true},
		{"an unknown field", good + "\x00\x26" + strings.Repeat("k", 32) + "\x01\x01a\x7F\x01b", link.Malformed, true},
		{"an unknown optional field", good + "\x00\x26" + strings.Repeat("k", 32) + "\x01\x01a\x80\x01b", 0, false},
	} {
		s := link.NewServer(&w.server)
		_, out, done, err := s.Step([]byte(c.in))
		if done || (err != nil) != c.fails || reasonOf(err) != c.reason {
			t.Errorf("%s: done %v, %v", c.name, done, err)
		}
		if c.reason != 0 && (len(out) != 8 || out[0] != 0 || out[1] != 0 || out[2] != byte(c.reason) || out[3] != link.Version) {
			t.Errorf("%s: the refusal is %x", c.name, out)
		}
		if c.fails && c.reason == 0 && len(out) > 0 {
			t.Errorf("%s: a stranger is answered %x", c.name, out)
		}
		if c.fails {
			if n, out, done, err := s.Step([]byte(good)); n != 0 || out != nil || done || err == nil {
				t.Errorf("%s: the handshake goes on after its error", c.name)
			}
		}
	}
}

// TestRefusals lets each refusal of a server reach a client, cut into bytes.
func TestRefusals(t *testing.T) {
	other := newKey(t, 9)
	for _, c := range []struct {
		name   string
		change func(w *world)
		want   link.Reason
	}{
		{"dictionary", func(w *world) { w.client.Dictionary[3] = 1; w.server.Dictionary[0] = 5 }, link.UnknownDictionary},
		{"host", func(w *world) { w.client.Domain = "other.example" }, link.HostUnknown},
		{"host in IK", func(w *world) { w.ik().client.Domain = "other.example" }, link.HostUnknown},
		{"the server has another key, and several hosts", func(w *world) { w.client.ServerKey = other.Public[:] }, link.UseXX},
	} {
		w := newWorld(t)
		c.change(w)
		ce, se := w.run(1, unchanged)
		if ce.done || se.done || reasonOf(ce.err) != c.want || reasonOf(se.err) != c.want {
			t.Errorf("%s: client %v, server %v", c.name, ce.err, se.err)
			continue
		}
		if r, _ := errors.AsType[*link.Refusal](ce.err); r.Version != link.Version || r.Dictionary != w.server.Dictionary {
			t.Errorf("%s: the refusal says version %d, dictionary %x", c.name, r.Version, r.Dictionary)
		}
		if c.want == link.UseXX {
			w.client.ServerKey = nil
			w.connect(t, 1<<20)
		}
	}
}

func TestKnownClientUsesIK(t *testing.T) {
	w := newWorld(t).ik()
	w.server.Known = func(key []byte, d string) bool { return d == domain && bytes.Equal(key, w.client.Static.Public[:]) }
	if _, s := w.connect(t, 1<<20); s.Pattern() != link.IK {
		t.Errorf("the pattern is %v", s.Pattern())
	}
}

func TestClientLearnsWhenToForgetTheKey(t *testing.T) {
	w := newWorld(t)
	c, _ := w.run(1<<20, unchanged)
	if want := now.Add(time.Hour); !c.h.Expires().Equal(want) {
		t.Errorf("Expires() = %v, want %v", c.h.Expires(), want)
	}
}

func TestClientRefusesServers(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world)
	}{
		{"another authority", func(w *world) { w.client.Roots = newAuthority(t).roots }},
		{"too late", func(w *world) { w.client.Now = now.Add(2 * time.Hour) }},
		{"a statement for another key", func(w *world) { w.server.Static = newKey(t, 8) }},
		{"no statement", func(w *world) { w.server.Statement = func(string) ([]byte, error) { return nil, nil } }},
		{"a statement over the limit", func(w *world) {
			w.server.Statement = func(string) ([]byte, error) { return make([]byte, link.MaxServerMessage), nil }
		}},
	} {
		w := newWorld(t)
		c.change(w)
		ce, se := w.run(1<<20, unchanged)
		if ce.done || se.done || ce.err == nil && se.err == nil {
			t.Errorf("%s: client done %v, %v; server done %v, %v", c.name, ce.done, ce.err, se.done, se.err)
		}
	}
}

func TestClientConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(c *link.ClientConfig)
		fails  bool
	}{
		{"a domain at the limit", func(c *link.ClientConfig) { c.Domain = strings.Repeat("d", 255) }, false},
		{"a domain past the limit", func(c *link.ClientConfig) { c.Domain = strings.Repeat("d", 256) }, true},
		{"no domain", func(c *link.ClientConfig) { c.Domain = "" }, true},
		{"a domain that is not ASCII", func(c *link.ClientConfig) { c.Domain = "é" }, true},
		{"a key of a wrong size", func(c *link.ClientConfig) { c.ServerKey = make([]byte, 31) }, true},
		{"a key of low order", func(c *link.ClientConfig) { c.ServerKey = make([]byte, 32) }, true},
	} {
		cfg := newWorld(t).client
		c.change(&cfg)
		if _, out, done, err := link.NewClient(cfg).Step(nil); done || (err != nil) != c.fails || c.fails && len(out) > 0 {
			t.Errorf("%s: %d bytes, done %v, %v", c.name, len(out), done, err)
		}
	}
}

// TestFramesMayFollowTheLastMessage gives the server the client's last message and its first frame in one piece.
func TestFramesMayFollowTheLastMessage(t *testing.T) {
	w := newWorld(t)
	c, s := &end{h: link.NewClient(w.client)}, &end{h: link.NewServer(&w.server)}
	last := c.step(s.step(c.step(nil)))
	if !c.done {
		t.Fatal(c.err)
	}
	s.step(c.h.Session().AppendFrames(last, []byte("early")))
	if !s.done {
		t.Fatal(s.err)
	}
	n, plain, err := s.h.Session().Open(nil, s.in)
	if n != len(s.in) || string(plain) != "early" || err != nil {
		t.Errorf("Open = %d, %q, %v", n, plain, err)
	}
}
