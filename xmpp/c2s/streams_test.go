package c2s_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

var (
	streamsSeed = flag.Uint64("streams.seed", 0, "the first life of TestStreamLives; 0: a random one")
	streamLives = flag.Uint64("streams.lives", 20, "how many lives")
)

// client is a client that resumes its stream, and knows what must not happen to it.
type client struct {
	t    *testing.T
	w    *xmpptest.World
	seed uint64
	conn *xmpptest.Client // nil: no connection

	id      string // of its stream
	said    int    // messages sent, each with its number for body
	lost    int    // messages sent to nobody
	unacked []int  // the last stanzas, which are not acked: the number of a message, less than 0 of one to nobody, 0 for another stanza
	counted uint32 // stanzas acked by the server
	handled uint32 // stanzas received
	got     []int  // messages received, in order of their first coming
	seen    map[string]string
}

func (c *client) fail(format string, args ...any) {
	c.t.Helper()
	c.t.Fatalf("seed %d: %s", c.seed, fmt.Sprintf(format, args...))
}

func (c *client) begin() {
	c.conn = c.w.Connect("alice/a")
	must(c.t, c.conn.Login())
	c.conn.Send(enableResume)
	c.conn.Send("<presence/>")
	c.unacked = []int{0}
	c.read()
}

// say sends a message, without an origin-id: only the count keeps it from being doubled.
func (c *client) say() {
	c.said++
	c.send(c.said)
}

func (c *client) send(n int) {
	c.unacked = append(c.unacked, n)
	text := "<iq type='get' id='q'><query xmlns='urn:x'/></iq>"
	if n < 0 {
		text = fmt.Sprintf("<message to='nobody@example.org' id='%d' type='chat'><body>?</body></message>", n)
	}
	if n > 0 {
		text = fmt.Sprintf("<message to='bob@example.org' type='chat'><body>%d</body></message>", n)
	}
	c.conn.Send(text)
}

// resume opens another connection, whether or not there is one, and goes on.
func (c *client) resume() {
	if c.conn != nil {
		c.read()
	}
	c.conn = c.w.Connect("alice/a")
	c.conn.LogIn()
	c.conn.Forget()
	c.conn.Send(resumption(c.id, c.handled))
	again := c.read()
	for _, n := range again {
		c.send(n)
	}
}

// read takes what has come, and returns what is to be sent again when the stream was resumed.
func (c *client) read() (again []int) {
	for _, n := range c.conn.Received() {
		switch n.Name {
		case "enabled":
			c.id = attribute(n, "id")
		case "resumed":
			c.acked(attribute(n, "h"))
			again, c.unacked = c.unacked, nil
		case "a":
			c.acked(attribute(n, "h"))
		case "iq", "presence":
			c.handled++
		case "message":
			c.handled++
			c.take(n)
		case "r":
		default:
			c.fail("received %s", n)
		}
	}
	return again
}

func (c *client) acked(h string) {
	n, _ := strconv.ParseUint(h, 10, 32)
	acked := uint32(n) - c.counted
	if int(acked) > len(c.unacked) {
		c.fail("h is %s, after %d and %d more stanzas", h, c.counted, len(c.unacked))
	}
	c.unacked, c.counted = c.unacked[acked:], uint32(n)
}

// take notes a message. One that comes again has the same stanza-id; a new one is the next.
func (c *client) take(n *xmpptest.Node) {
	var body, id string
	for _, x := range n.Content {
		switch child, _ := x.(*xmpptest.Node); {
		case child == nil:
		case child.Name == "body":
			body, _ = child.Content[0].(string)
		case child.Name == "stanza-id":
			id = attribute(child, "id")
		}
	}
	if attribute(n, "type") == "error" {
		body = attribute(n, "id")
	}
	if old, ok := c.seen[body]; ok {
		if old != id {
			c.fail("message %s has come with the stanza-ids %s and %s", body, old, id)
		}
		return
	}
	c.seen[body] = id
	number, _ := strconv.Atoi(body)
	if number < 0 {
		return
	}
	if number != len(c.got)+1 {
		c.fail("message %s has come after %v", body, c.got)
	}
	c.got = append(c.got, number)
}

func attribute(n *xmpptest.Node, name string) string {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// TestStreamLives lets a client lose its connections and the server its memory, at random. Nothing is lost, doubled or out of order, in both directions,
// although no message has an origin-id. A long run: go test ./xmpp/c2s -run TestStreamLives -streams.lives 10000
func TestStreamLives(t *testing.T) {
	first := *streamsSeed
	if first == 0 {
		first = rand.Uint64N(1 << 40)
	}
	for seed := first; seed < first+*streamLives; seed++ {
		streamLife(t, seed)
	}
}

func streamLife(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
	w.Account("alice")
	w.Account("bob")
	c := &client{t: t, w: w, seed: seed, seen: make(map[string]string)}
	c.begin()
	bob, sent := (*xmpptest.Client)(nil), 0
	for range 150 {
		switch n := rng.IntN(100); {
		case n < 22 && c.conn != nil:
			c.say()
		case n < 25 && c.conn != nil:
			c.lost++
			c.send(-c.lost)
		case n < 35 && c.conn != nil:
			c.send(0)
		case n < 55:
			if bob == nil {
				bob = w.Connect("bob/b")
				must(t, bob.Login())
			}
			sent++
			bob.Send(fmt.Sprintf("<message to='alice@example.org' type='chat'><body>%d</body></message>", sent))
		case n < 60 && c.conn != nil:
			c.conn.Send(request)
		case n < 75 && c.conn != nil:
			c.read()
			c.conn.Send(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", c.handled))
		case n < 80 && c.conn != nil:
			if rng.IntN(2) == 0 {
				c.read() // otherwise what was on its way is lost
			}
			c.conn.Disconnect()
			c.conn = nil
		case n < 88:
			if c.conn != nil && rng.IntN(2) == 0 {
				c.conn.Forget()
			}
			c.resume()
		case n < 92:
			w.Sleep(time.Duration(rng.IntN(4)) * 3 * time.Minute)
			if c.conn != nil {
				c.resume() // for want of an ack it may have been cut
			}
		case n < 95:
			if c.conn != nil {
				c.read()
			}
			w.Crash(rng.Uint64())
			c.conn, bob = nil, nil
		case n < 97:
			if c.conn != nil {
				c.read()
			}
			w.Restart()
			c.conn, bob = nil, nil
		}
	}
	c.resume()
	for range sent + c.lost + 10 {
		c.read()
		c.conn.Send(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", c.handled))
	}
	c.conn.Send(request)
	c.read()
	if len(c.got) != sent || len(c.seen) != sent+c.lost || len(c.unacked) != 0 {
		c.fail("%d of %d messages and %d of %d errors have come, %d stanzas are not acked", len(c.got), sent, len(c.seen)-len(c.got), c.lost, len(c.unacked))
	}
	if got := bodies(t, w, "bob"); !slices.Equal(got, numbers(c.said)) {
		c.fail("bob's archive holds %v of %d", got, c.said)
	}
}

func numbers(n int) (list []int) {
	for i := range n {
		list = append(list, i+1)
	}
	return list
}

// bodies returns the messages that came to the account, by its archive.
func bodies(t *testing.T, w *xmpptest.World, account string) (list []int) {
	must(t, w.Store().Archive(w.JID(account), 0, 0, func(_ uint64, e store.Entry) bool {
		var tree codec.Tree
		must(t, compact.Parse(slices.Clone(e.Stanza), &tree, &codec.Limits{}))
		n, _ := strconv.Atoi(string(tree.Root().First().Text()))
		if !e.Outgoing {
			list = append(list, n)
		}
		return true
	}))
	return list
}

// TestTimeIsOver: a stream whose time is over is not resumed, though nobody has swept since; before that it is.
func TestTimeIsOver(t *testing.T) {
	for seconds, want := range []string{"<item-not-found ", "<resumed "} {
		w := resumableWorld(t)
		alice := w.join(t, "alice@localhost/a", codec.XML)
		m := idForm.FindStringSubmatch(alice.feedAll(fmt.Sprintf("<enable xmlns='urn:xmpp:sm:3' resume='true' max='%d'/>", seconds)))
		for _, job := range alice.close() {
			job()
		}
		if out := w.login(t, "alice@localhost").feedAll(resumption(m[1], 0)); !strings.Contains(out, want) || handled(t, out) != "0" {
			t.Errorf("%d seconds: %s", seconds, out)
		}
	}
}
