package im

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// maxForged is how many of them a message may have: each costs a walk through the message.
const maxForged = 16

// maxClaims bounds the stanza-ids and delays of a message, whoever they are by: so many bytes of addresses, each with claimCost more. An address that is not canonical
// takes microseconds, a long one milliseconds.
const (
	maxClaims = 8 << 10
	claimCost = 64
)

// strip removes from a message what only we may say, all of it: stanza-ids by the accounts of either side (XEP-0359 §3), delays by the server of
// either (XEP-0203 §5), carbons (XEP-0280 §11), and results of archives: a client has none (XEP-0313 §8.2). It comes before everything else, so that what is judged is what is
// left. It is not ok when they are too many.
func strip(e codec.Element, from, to jid.JID) (_ codec.Element, ok bool) {
	n, claims := 0, 0
	for c := e.First(); !c.IsZero(); {
		if claims += claim(c); claims > maxClaims {
			return e, false
		}
		if !forged(c, from, to) {
			c = c.Next()
			continue
		}
		if n++; n > maxForged {
			return e, false
		}
		c = codec.Remove(c)
	}
	return e, true
}

// claim returns what a child of a message counts towards maxClaims.
func claim(c codec.Element) int {
	switch {
	case c.Is(atom.NSStanzaID, atom.StanzaID):
		return claimCost + len(c.Attr(atom.By))
	case c.Is(atom.NSDelay, atom.Delay):
		return claimCost + len(c.Attr(atom.From))
	}
	return 0
}

func forged(c codec.Element, from, to jid.JID) bool {
	switch {
	case c.Is(atom.NSStanzaID, atom.StanzaID):
		return jid.EqualsAny(c.Attr(atom.By), to.Bare(), from.Bare())
	case c.Is(atom.NSDelay, atom.Delay):
		return jid.EqualsAny(c.Attr(atom.From), to.DomainJID(), from.DomainJID())
	}
	return c.Is(atom.NSCarbons, atom.Sent) || c.Is(atom.NSCarbons, atom.Received) || c.Is(atom.NSMAM, atom.Result)
}
