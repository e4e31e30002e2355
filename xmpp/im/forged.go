package im

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// maxForged is how many of them a message may have: each costs a walk through the message.
const maxForged = 16

// strip removes from a message what only we may say, all of it: stanza-ids by the accounts of either side (XEP-0359 §3), delays by the server of
// either (XEP-0203 §5), carbons (XEP-0280 §11), and results of archives: a client has none (XEP-0313 §8.2). It comes before everything else, so that what is judged is what is
// left. It is not ok when they are too many.
func strip(e codec.Element, from, to jid.JID) (_ codec.Element, ok bool) {
	n := 0
	for c := e.First(); !c.IsZero(); {
		if !forged(c, from, to) {
			c = c.Next()
			continue
		}
		if n++; n > maxForged {
			return e, false
		}
		codec.Remove(c)
		c = e.First()
	}
	return e, true
}

func forged(c codec.Element, from, to jid.JID) bool {
	switch {
	case c.Is(atom.NSStanzaID, atom.StanzaID):
		by := c.Attr(atom.By)
		return to.Bare().EqualBytes(by) || from.Bare().EqualBytes(by)
	case c.Is(atom.NSDelay, atom.Delay):
		by := c.Attr(atom.From)
		return to.DomainJID().EqualBytes(by) || from.DomainJID().EqualBytes(by)
	}
	return c.Is(atom.NSCarbons, atom.Sent) || c.Is(atom.NSCarbons, atom.Received) || c.Is(atom.NSMAM, atom.Result)
}
