package session

import (
	"fmt"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// books are kept of what everybody is told, and say what is wrong about it.
type books struct {
	tr         *trial
	complaints []string

	flows map[*xmpptest.Client]*flow // of connections with acks
	known map[string]*flow           // by the id of a stream that can be resumed
	asked map[*xmpptest.Client]string
	kept  map[string]bool // tokens of messages that were acked
	gone  map[string]bool // tokens whose messages need not be found: an error has answered them, or they were taken back

	stored    map[string]uint64 // tokens in bob's archive
	readTo    uint64
	expected  []string      // notes of carol that bob is to hear
	returning bool          // bob is about to fetch what he has missed
	crashed   *store.Memory // what a crash at an ack would leave, with the tokens acked by then
	atCrash   []string
	crashIn   int // acks

	failing []*xmpptest.Client // their streams must end
	written int
	memory  uint64 // what was allocated before
	starts  int    // of the server
	shared  bool   // the process runs other trials at the same time, so that memory tells nothing
}

// flow is what the client of a stream with acks has sent.
type flow struct {
	count uint32   // stanzas
	heard uint32   // the last count of the server's
	sent  []string // by number: the token of a message that must be stored, or ""
}

func newBooks(tr *trial) *books {
	return &books{
		tr: tr, flows: map[*xmpptest.Client]*flow{}, known: map[string]*flow{}, asked: map[*xmpptest.Client]string{},
		kept: map[string]bool{}, gone: map[string]bool{}, stored: map[string]uint64{}, memory: allocated(),
	}
}

const maxComplaints = 10

func (b *books) complain(format string, args ...any) {
	if len(b.complaints) < maxComplaints {
		b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
	}
}

// gives is told what a machine is about to get.
func (b *books) gives(c *xmpptest.Client, in *stream.Input) {
	if in.Kind != stream.Element || !b.tr.mine(c) {
		return
	}
	n, s := xmpptest.NodeOf(in.Element), session(c)
	for _, e := range descendants(n) {
		switch {
		case e.NS == nsSM && e.Name == "resume":
			b.asked[c] = attrOf(e, "previd")
		case e.Name == "retract":
			b.gone[attrOf(e, "id")] = true
		}
	}
	f := b.flows[c]
	if f == nil || !isStanza(n) || !isBound(s) || isOutlived(s) || s.FieldByName("skip").Uint() > 0 {
		return
	}
	f.count++
	f.sent = append(f.sent, mustStore(in.Element, n))
}

// mustStore returns the token of a message that must be found in bob's or carol's archive when it is acked: a plain one, that says nothing which could make it something else.
func mustStore(e codec.Element, n *xmpptest.Node) string {
	token, to := textOf(childOf(n, nsClient, "body")), attrOf(n, "to")
	plain := n.Name == "message" && stanza.Storable(e) && token == attrOf(n, "id") && isToken(token) && to == "bob@"+domain
	for _, c := range children(n) {
		plain = plain && c.NS == nsClient && c.Name == "body"
	}
	if !plain || len(children(n)) != 1 {
		return ""
	}
	return token
}

// isToken reports whether text is the name of a message: t and a number.
func isToken(text string) bool {
	digits, ok := strings.CutPrefix(text, "t")
	_, err := strconv.ParseUint(digits, 10, 32)
	return ok && err == nil
}

// hears is told what a client has received.
func (b *books) hears(c *xmpptest.Client, n *xmpptest.Node) {
	b.checkErrors(c, n)
	if !b.tr.mine(c) {
		b.bystander(c, n)
		return
	}
	if n.Name == "message" && attrOf(n, "type") == "error" {
		b.gone[attrOf(n, "id")] = true
	}
	for _, e := range descendants(n) {
		if e.NS == nsSM && !isStanza(n) {
			b.acks(c, e)
		}
	}
}

// acks takes an element of XEP-0198.
func (b *books) acks(c *xmpptest.Client, e *xmpptest.Node) {
	h, err := strconv.ParseUint(attrOf(e, "h"), 10, 32)
	switch e.Name {
	case "enabled":
		f := &flow{}
		b.flows[c] = f
		if id := attrOf(e, "id"); id != "" {
			b.known[id] = f
		}
		return
	case "a":
		if b.flows[c] == nil {
			b.complain("ack: one without acks enabled")
			return
		}
		b.ack(b.flows[c], uint32(h))
	case "resumed":
		f := b.known[attrOf(e, "previd")]
		if f == nil || attrOf(e, "previd") != b.asked[c] {
			b.complain("ack: the stream %s is resumed, and nobody has asked for it", attrOf(e, "previd"))
			return
		}
		b.flows[c] = f
		b.ack(f, uint32(h))
		f.count = uint32(h) // the client sends again what comes behind that
		f.sent = f.sent[:min(int(h), len(f.sent))]
	case "failed":
		if f := b.known[b.asked[c]]; f != nil && attrOf(e, "h") != "" {
			b.ack(f, uint32(h))
		}
		return
	default:
		return
	}
	if err != nil {
		b.complain("ack: %v", err)
	}
}

// ack takes a count of the server's.
func (b *books) ack(f *flow, h uint32) {
	if h > f.count || h < f.heard {
		b.complain("ack: of %d, after one of %d, of %d stanzas", h, f.heard, f.count)
		return
	}
	b.read()
	for _, token := range f.sent[f.heard:h] {
		if token == "" || b.gone[token] {
			continue
		}
		b.kept[token] = true
		if _, ok := b.stored[token]; !ok {
			b.complain("ack: of message %s, which is not stored", token)
		}
	}
	f.heard = h
	if b.crashIn--; b.crashIn == 0 {
		b.crashed = b.tr.w.Disk().Crash(worstCrash)
		b.atCrash = b.tokens()
	}
}

// worstCrash is a seed of store.Memory.Crash with which nothing is left that was not synced.
const worstCrash = 82

func (b *books) tokens() (all []string) {
	for token := range b.kept {
		if !b.gone[token] {
			all = append(all, token)
		}
	}
	slices.Sort(all)
	return all
}

// read reads on in bob's archive.
func (b *books) read() { b.readTo = readTokens(b.tr.w.Store(), b.readTo, b.stored) }

// readTokens reads on in bob's archive from behind that entry, and returns the last one.
func readTokens(s *store.Store, after uint64, stored map[string]uint64) uint64 {
	var tree codec.Tree
	s.Archive(bobAccount, after, 0, func(seq uint64, e store.Entry) bool {
		after = seq
		if compact.Parse(e.Stanza, &tree, &codec.Limits{}) == nil {
			stored[string(tree.Root().Child(atom.NSClient, atom.Body).Text())] = seq
		}
		return true
	})
	return after
}

// restarted is told that the server was started again: all that was acked must be there.
func (b *books) restarted() {
	b.starts++
	b.flows = map[*xmpptest.Client]*flow{}
	b.stored, b.readTo = map[string]uint64{}, 0
	b.read()
	b.checkKept(b.tokens(), b.stored, "after a restart")
}

func (b *books) checkKept(tokens []string, stored map[string]uint64, when string) {
	for _, token := range tokens {
		if _, ok := stored[token]; !ok && !b.gone[token] {
			b.complain("ack: message %s was acked, and is not there %s", token, when)
		}
	}
}

// bystandersComeBack is told that bob and carol connect, or, with false, that they are there: meanwhile bob may hear again what he has heard before.
func (b *books) bystandersComeBack(now bool) { b.expected, b.returning = nil, now }

// bystander takes what bob or carol have received.
func (b *books) bystander(c *xmpptest.Client, n *xmpptest.Node) {
	local, _, _ := cut(c.Name())
	own := local + "@" + domain
	from, _, _ := strings.Cut(attrOf(n, "from"), "/")
	switch {
	case !isStanza(n):
		return
	case !slices.Contains([]string{"", own, domain, "alice@" + domain, "dora@" + domain, "bob@" + domain, "carol@" + domain}, from):
		b.complain("bystander: %s hears %s", c.Name(), n)
	}
	if n.Name != "message" || local != "bob" || attrOf(n, "type") == "error" {
		return
	}
	body := textOf(childOf(n, nsClient, "body"))
	switch {
	case from == "carol@"+domain && len(b.expected) > 0 && body == b.expected[0]:
		b.expected = b.expected[1:]
	case from == "carol@"+domain && !b.returning:
		b.complain("bystander: bob hears %q of carol and expects %q", body, b.expected)
	case isToken(body) && isArchived(n, own):
		if b.read(); b.stored[body] == 0 && !b.gone[body] {
			b.complain("delivery: bob has %s, and his archive has not", n)
		}
	}
}

// isArchived reports whether the server says that a message is in the archive of an account (XEP-0359 §2.1).
func isArchived(n *xmpptest.Node, account string) bool {
	return slices.ContainsFunc(children(n), func(c *xmpptest.Node) bool {
		return c.NS == "urn:xmpp:sid:0" && c.Name == "stanza-id" && attrOf(c, "by") == account
	})
}

// close looks at what is to be at the end.
func (b *books) close() {
	b.checkEnds()
	for _, c := range append([]*xmpptest.Client{b.tr.bob, b.tr.carol}, b.tr.conns...) {
		b.written += c.Written()
		if err := c.Err(); err != nil {
			b.complain("output: %s: %v", c.Name(), err)
		}
		if c.Ended() && !c.Gone() {
			b.complain("error: the stream of %s has ended, and its connection has not", c.Name())
		}
	}
	for _, c := range []*xmpptest.Client{b.tr.bob, b.tr.carol} {
		if c.Ended() || c.Gone() {
			b.complain("bystander: %s has lost its connection", c.Name())
		}
	}
	if len(b.expected) > 0 {
		b.complain("bystander: bob does not hear %q", b.expected)
	}
	b.checkCrash()
	b.checkSize()
}

// checkCrash looks at what a crash just behind an ack would have left.
func (b *books) checkCrash() {
	if b.crashed == nil {
		return
	}
	s, err := store.OpenMemory(b.crashed, store.Options{Logger: quiet})
	if err != nil {
		b.complain("ack: after a crash: %v", err)
		return
	}
	defer s.Close()
	stored := map[string]uint64{}
	readTokens(s, 0, stored)
	b.checkKept(b.atCrash, stored, "after a crash just then")
}

// What a trial may write and allocate: for itself, for each byte that it is given, and for each start of the server. An element of 20 bytes may ask for a page of three
// messages, and go to several sessions.
const (
	freeBytes, bytesPerByte   = 256 << 10, 200
	freeMemory, memoryPerByte = 16 << 20, 10_000
	memoryPerStart            = 8 << 20
)

func (b *books) checkSize() {
	if most := freeBytes + bytesPerByte*b.tr.given; b.written > most {
		b.complain("output: %d bytes for %d", b.written, b.tr.given)
	}
	n, most := allocated()-b.memory, uint64(freeMemory+memoryPerByte*b.tr.given+memoryPerStart*b.starts)
	if n > most && !b.shared {
		b.complain("output: %d bytes of memory for %d, and %d starts", n, b.tr.given, b.starts)
	}
}

// allocated is what the process has allocated on the heap since its beginning.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
