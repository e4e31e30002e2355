package stream

import (
	"maps"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// StanzaKinds is how many kinds of first-level elements are counted: those of stanza.Kind.
const StanzaKinds = int(stanza.IQ) + 1

// Count is what the machines of one shell have counted since it began. It belongs to the goroutine that runs them: a shell that wants it told puts one into its
// Output, and copies it between two Steps. Who has none costs nothing.
type Count struct {
	Received, Sent [StanzaKinds]uint64 // first-level elements by stanza.Kind; what is no stanza is None

	// Errors are what machines have said, by condition: StanzaErrors those in answers of their own (RFC 6120 §8.3.3), StreamErrors what streams have
	// ended with (§4.9.3).
	StanzaErrors, StreamErrors map[atom.Atom]uint64
	// Logins are the ends of logins.
	Logins map[Login]uint64
}

// Login is how a login has ended.
type Login struct {
	Mechanism string // of SASL; "key": the key of the link; "": it is not known, or there is none of that name
	Result    string // "ok", or the condition of the failure
}

// Clone returns a copy that is independent.
func (c *Count) Clone() Count {
	d := *c
	d.StanzaErrors, d.StreamErrors, d.Logins = maps.Clone(c.StanzaErrors), maps.Clone(c.StreamErrors), maps.Clone(c.Logins)
	return d
}

// Add adds what another shell has counted.
func (c *Count) Add(d *Count) {
	for i := range c.Sent {
		c.Received[i] += d.Received[i]
		c.Sent[i] += d.Sent[i]
	}
	c.StanzaErrors = sum(c.StanzaErrors, d.StanzaErrors)
	c.StreamErrors = sum(c.StreamErrors, d.StreamErrors)
	c.Logins = sum(c.Logins, d.Logins)
}

func sum[K comparable](into, from map[K]uint64) map[K]uint64 {
	for k, n := range from {
		into = more(into, k, n)
	}
	return into
}

// more adds n at k; the map is made when there is none.
func more[K comparable](m map[K]uint64, k K, n uint64) map[K]uint64 {
	if m == nil {
		m = make(map[K]uint64)
	}
	m[k] += n
	return m
}

// CountReceived counts a first-level element that the peer has sent.
func (o *Output) CountReceived(e codec.Element) {
	if o.Count != nil {
		o.Count.Received[stanza.KindOf(e)]++
	}
}

// CountLogin counts the end of a login. The mechanism is one that there is, or "".
func (o *Output) CountLogin(mechanism, result string) {
	if o.Count != nil {
		o.Count.Logins = more(o.Count.Logins, Login{mechanism, result}, 1)
	}
}

// sent counts an element of the machine's own.
func (c *Count) sent(kind stanza.Kind, e codec.Element) {
	c.Sent[kind]++
	switch {
	case kind != stanza.None:
		if string(e.Attr(atom.Type)) == "error" {
			c.StanzaErrors = more(c.StanzaErrors, e.Child(atom.NSClient, atom.Error).First().Name(), 1)
		}
	case e.Is(atom.NSStreams, atom.Error):
		c.StreamErrors = more(c.StreamErrors, e.First().Name(), 1)
	}
}

// passed counts a stanza that somebody else has made.
func (c *Count) passed(name atom.Atom) {
	switch name {
	case atom.Message:
		c.Sent[stanza.Message]++
	case atom.Presence:
		c.Sent[stanza.Presence]++
	case atom.IQ:
		c.Sent[stanza.IQ]++
	default:
		c.Sent[stanza.None]++
	}
}
