package c2s_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
)

var earlySeed = flag.Uint64("c2s.early", 1, "the first seed of TestNothingIsLostThatGoesToTheFullJID")

// unavailable returns a session that is bound and has sent no presence, and the id of its stream.
func (w *world) unavailable(t testing.TB, full string) (e *end, id string) {
	t.Helper()
	e = w.login(t, "alice@localhost")
	e.machine = w.srv.NewBound(w.host, jid.MustParse(full), e, codec.XML)
	m := idForm.FindStringSubmatch(e.feedAll(enableResume))
	if m == nil {
		t.Fatal("the stream is not resumable")
	}
	return e, m[1]
}

// TestErrorBeforeThePresence: a client that has sent no presence hears of the failure of a message although its connection is gone by then.
func TestErrorBeforeThePresence(t *testing.T) {
	w := resumableWorld(t)
	alice, id := w.unavailable(t, "alice@localhost/a")
	g := newGate(t, w.host.Store)
	alice.feed([]byte("<message to='nobody@localhost' id='m' type='chat'><body>1</body></message>"))
	jobs := alice.close()
	g.open()
	for _, job := range jobs {
		job()
	}
	out := w.login(t, "alice@localhost").feedAll(resumption(id, 0))
	if strings.Count(out, "service-unavailable") != 1 || handled(t, out) != "1" {
		t.Error(out)
	}
}

// TestMissedMessagesThatWereDeleted: what the client has missed is not in the archive any more. Its stream ends rather than to go on with a gap, and the next one is not
// resumed.
func TestMissedMessagesThatWereDeleted(t *testing.T) {
	w := resumableWorld(t)
	alice, id := w.unavailable(t, "alice@localhost/a")
	for _, job := range alice.close() {
		job()
	}
	bob := w.join(t, "bob@localhost/b", codec.XML)
	for i := range 3 {
		bob.feed(message("alice@localhost/a", fmt.Sprint(i)))
	}
	must(t, w.host.Store.Do(t.Context(), func(tx *store.Tx) error {
		_, err := tx.TrimArchive(jid.MustParse("alice@localhost"), 3, 10)
		return err
	}))
	again := w.login(t, "alice@localhost")
	if out := again.feedAll(resumption(id, 0)); !strings.Contains(out, "the archive cannot be read") {
		t.Error(out)
	}
	for _, job := range again.close() {
		job()
	}
	if out := w.login(t, "alice@localhost").feedAll(resumption(id, 0)); !strings.Contains(out, "<item-not-found ") {
		t.Error(out)
	}
}

var stanzaForm = regexp.MustCompile(`<(?:message|presence|iq)[ />]`)

// fickle is a client of alice's that becomes available and unavailable again, and loses its connection, in TestNothingIsLostThatGoesToTheFullJID.
type fickle struct {
	w     *world
	rng   *rand.Rand
	end   *end
	id    string
	h     uint32 // stanzas received
	acked uint32 // by the last resumption or ack
	got   []string
}

// hear takes what was written: all of it, or only the first stanzas.
func (c *fickle) hear(out string, all bool) {
	if strings.Contains(out, "</stream:stream>") {
		panic(out) // it has too much that is not acked
	}
	at := stanzaForm.FindAllStringIndex(out, -1)
	n := len(at)
	if !all {
		n = c.rng.IntN(n + 1)
	}
	for i := range n {
		until := len(out)
		if i+1 < len(at) {
			until = at[i+1][0]
		}
		c.h++
		if m := bodyForm.FindStringSubmatch(out[at[i][0]:until]); m != nil {
			c.got = append(c.got, m[1])
		}
	}
}

// mail delivers what is in the mailbox.
func (c *fickle) mail() {
	for len(c.end.mail) > 0 {
		c.hear(string(c.end.deliver()), true)
		c.ackSome()
	}
}

// lose loses the connection, with some of what was written last.
func (c *fickle) lose() {
	out := ""
	for len(c.end.mail) > 0 {
		out += string(c.end.deliver())
	}
	c.hear(out, false)
	c.close()
}

func (c *fickle) close() {
	for _, job := range c.end.close() {
		job()
	}
	c.end = nil
}

// resume comes back, for long or not.
func (c *fickle) resume(t *testing.T, all bool) {
	c.end = c.w.login(t, "alice@localhost")
	out := c.end.feedAll(resumption(c.id, c.h))
	if !strings.Contains(out, "<resumed ") {
		t.Fatal(out)
	}
	c.hear(out[strings.Index(out, "<resumed "):], all)
	if c.acked = c.h; !all { // it has lost the rest with the connection
		c.close()
	}
}

// ackSome acks before it is too much.
func (c *fickle) ackSome() {
	if c.h-c.acked >= uint32(c.w.srv.MaxUnacked) {
		c.ack()
	}
}

func (c *fickle) ack() {
	c.acked = c.h
	c.hear(c.end.feedAll(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", c.h)), true)
}

// TestNothingIsLostThatGoesToTheFullJID: a client acks what it gets or does not, and loses its connection in between. Another one of the account takes all that it gets, and moves the
// account's cursor. What is sent to the full JID of the first comes to it: once and in order when it never becomes available, else also after that.
func TestNothingIsLostThatGoesToTheFullJID(t *testing.T) {
	for seed := *earlySeed; seed < *earlySeed+60; seed++ {
		w, _ := newWorldWith(t, im.Options{PageSize: 2}, store.Options{})
		w.srv.Streams = c2s.NewStreams(c2s.StreamsConfig{})
		c := &fickle{w: w, rng: rand.New(rand.NewPCG(seed, 0))}
		w.srv.MaxUnacked = 2 + c.rng.IntN(8)
		c.end, c.id = w.unavailable(t, "alice@localhost/a")
		other := w.join(t, "alice@localhost/b", codec.XML)
		bob := w.join(t, "bob@localhost/b", codec.XML)
		presences := []string{"<presence type='unavailable'/>", "<presence><priority>-1</priority></presence>", "<presence/>"}
		if seed%2 == 0 {
			presences = presences[:2]
		}
		var sent []string
		for i := range 80 {
			switch {
			case c.rng.IntN(3) == 0:
				to := "alice@localhost"
				if c.rng.IntN(3) > 0 {
					to += "/a"
					sent = append(sent, fmt.Sprint(i))
				}
				bob.feed(message(to, fmt.Sprint(i)))
				must(t, w.host.Store.Do(t.Context(), func(*store.Tx) error { return nil }))
			case c.end == nil:
				c.resume(t, c.rng.IntN(3) > 0)
			case c.rng.IntN(4) == 0:
				c.lose()
			case c.rng.IntN(3) == 0:
				c.mail()
				c.ack()
			case c.rng.IntN(2) == 0:
				c.mail()
				c.hear(c.end.feedAll(presences[c.rng.IntN(len(presences))]), true)
				c.ackSome()
			}
			for len(other.mail) > 0 {
				other.deliver()
			}
		}
		if c.end == nil {
			c.resume(t, true)
		}
		c.mail()
		if seed%2 != 0 {
			c.hear(c.end.feedAll("<presence/>"), true)
		}
		for before := -1; before != len(c.got); c.mail() {
			before = len(c.got)
			c.ack()
		}
		if seed%2 == 0 && !slices.Equal(c.got, sent) {
			t.Errorf("seed %d: got %v of %v", seed, c.got, sent)
		}
		for _, s := range sent {
			if !slices.Contains(c.got, s) {
				t.Errorf("seed %d: %s was lost: %v", seed, s, c.got)
			}
		}
	}
}
