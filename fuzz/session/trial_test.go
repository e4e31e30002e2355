package session

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/stream"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// maxConns is how many connections an attacker may open in a trial.
const maxConns = 12

// trial is one run: a server, its bystanders, and the attacker's connections.
type trial struct {
	t     testing.TB
	w     *xmpptest.World
	books *books

	compact bool // the attacker's links carry compact items, and not XML

	conns []*xmpptest.Client // of the attacker, the newest last
	at    int                // the one that is used
	bob   *xmpptest.Client
	carol *xmpptest.Client
	notes int // that carol has sent to bob

	given  int            // bytes
	tokens int            // messages that were made
	stream string         // the attacker's last stream that can be resumed
	fast   string         // its last token
	seen   map[string]int // states of the attacker's machines
	inputs map[string]int // and what they were given
}

// newTrial starts the server.
func newTrial(t testing.TB, wrap func(stream.Machine) stream.Machine) *trial {
	return newTrialOn(t, wrap, nil)
}

// newTrialOn starts it on a store that open opens.
func newTrialOn(t testing.TB, wrap func(stream.Machine) stream.Machine, open func(disk *store.Memory, o store.Options) (*store.Store, error)) *trial {
	tr := &trial{t: t, seen: make(map[string]int), inputs: make(map[string]int)}
	tr.books = newBooks(tr)
	if wrap == nil {
		wrap = func(m stream.Machine) stream.Machine { return m }
	}
	tr.w = xmpptest.NewOn(t, domain, newServer(wrap, func(text string) { tr.books.complain("log: %s", text) }), newDisk(t), xmpptest.Probe{
		Open: open,
		Gives: func(c *xmpptest.Client, in *stream.Input) {
			if tr.mine(c) {
				tr.inputs[describe(in)]++
			}
			tr.books.gives(c, in)
		},
		Hears: func(c *xmpptest.Client, n *xmpptest.Node) {
			tr.note(n)
			tr.books.hears(c, n)
		},
	})
	tr.bystanders()
	return tr
}

var kinds = map[stream.Kind]string{
	stream.Opened: "opened", stream.Header: "header", stream.Element: "element", stream.Footer: "footer", stream.Malformed: "malformed", stream.Secured: "secured", stream.Tick: "tick",
	stream.Result: "result", stream.Delivery: "delivery", stream.Drained: "drained", stream.Room: "room", stream.Shutdown: "shutdown", stream.Closed: "closed",
}

// describe says what an input is, for the coverage.
func describe(in *stream.Input) string {
	text, ok := kinds[in.Kind]
	if !ok {
		text = fmt.Sprintf("input of kind %d", in.Kind)
	}
	if in.Kind == stream.Result {
		text += fmt.Sprintf(" %T", in.Result)
	}
	return text
}

// bystanders connects bob and carol.
func (tr *trial) bystanders() {
	tr.books.bystandersComeBack(true)
	tr.bob, tr.carol = tr.bystander("bob/phone"), tr.bystander("carol/tablet")
	tr.books.bystandersComeBack(false)
}

func (tr *trial) bystander(name string) *xmpptest.Client {
	c := tr.byLink(name)
	c.Send("<iq id='b' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + name[len(name)-5:] + "</resource></bind></iq><presence/>")
	c.Forget()
	return c
}

// byLink connects by a key that is known, which is the login.
func (tr *trial) byLink(name string) *xmpptest.Client {
	local, _, _ := cut(name)
	c := tr.w.ConnectBy(name, xmpptest.Transport{Link: true, Key: linkKeys[local], Proven: true, Compact: tr.compact})
	c.Send(c.Header())
	return c
}

// connect opens one more connection of the attacker's, and uses it.
func (tr *trial) connect(how xmpptest.Transport) *xmpptest.Client {
	how.Compact = tr.compact && how.Link
	return tr.use(tr.w.ConnectBy(tr.newName("alice"), how))
}

// connectByLink opens one that is logged in, and uses it.
func (tr *trial) connectByLink() *xmpptest.Client { return tr.use(tr.byLink(tr.newName("alice"))) }

func (tr *trial) newName(account string) string { return account + "/r" + strconv.Itoa(len(tr.conns)) }

func (tr *trial) use(c *xmpptest.Client) *xmpptest.Client {
	tr.conns = append(tr.conns, c)
	tr.at = len(tr.conns) - 1
	return c
}

// mine reports whether c is a connection of the attacker's.
func (tr *trial) mine(c *xmpptest.Client) bool {
	return c != tr.bob && c != tr.carol && c.Name()[0] != 'b' && c.Name()[0] != 'c'
}

func (tr *trial) conn() *xmpptest.Client { return tr.conns[tr.at] }

// send gives text to the machine, and looks what has become of it.
func (tr *trial) send(c *xmpptest.Client, text string) { tr.sendBytes(c, c.Encode(text)) }

// sendBytes does the same with bytes.
func (tr *trial) sendBytes(c *xmpptest.Client, p []byte) {
	tr.given += len(p)
	c.SendBytes(p)
	tr.look()
}

// look notes what all machines of the attacker are at.
func (tr *trial) look() {
	tr.books.checkEnds()
	for _, c := range tr.conns {
		tr.seen[stateOf(c)]++
		c.Forget()
	}
	tr.bob.Forget()
	tr.carol.Forget()
}

// note keeps what the attacker may need later.
func (tr *trial) note(n *xmpptest.Node) {
	for _, e := range descendants(n) {
		switch {
		case e.NS == nsSM && e.Name == "enabled" && attrOf(e, "id") != "":
			tr.stream = attrOf(e, "id")
		case e.NS == nsFAST && e.Name == "token":
			tr.fast = attrOf(e, "token")
		}
	}
}

// chat lets carol tell bob something.
func (tr *trial) chat() {
	tr.notes++
	tr.books.expected = append(tr.books.expected, "note "+strconv.Itoa(tr.notes))
	tr.carol.Send("<message to='bob@" + domain + "' type='chat'><body>note " + strconv.Itoa(tr.notes) + "</body></message>")
}

// finish ends the trial, and returns what was wrong.
func (tr *trial) finish() []string {
	for _, c := range slices.Clone(tr.conns) {
		if !c.Gone() {
			c.Stall(xmpptest.NothingWaits)
		}
	}
	tr.look()
	tr.chat()
	tr.books.close()
	if err := tr.w.Store().Close(); err != nil {
		tr.books.complain("log: closing the store: %v", err)
	}
	return tr.books.complaints
}
