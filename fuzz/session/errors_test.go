package session

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

var (
	quiet      = slog.New(slog.DiscardHandler)
	bobAccount = jid.MustParse("bob@" + domain)
)

// streamErrors are the conditions of RFC 6120 §4.9.3.
var streamErrors = strings.Fields(`bad-format bad-namespace-prefix conflict connection-timeout host-gone host-unknown improper-addressing internal-server-error
	invalid-from invalid-namespace invalid-xml not-authorized not-well-formed policy-violation remote-connection-failed reset resource-constraint restricted-xml
	see-other-host system-shutdown undefined-condition unsupported-encoding unsupported-feature unsupported-stanza-type unsupported-version`)

// stanzaErrors are those of RFC 6120 §8.3.3.
var stanzaErrors = strings.Fields(`bad-request conflict feature-not-implemented forbidden gone internal-server-error item-not-found jid-malformed not-acceptable
	not-allowed not-authorized policy-violation recipient-unavailable redirect registration-required remote-server-not-found remote-server-timeout
	resource-constraint service-unavailable subscription-required undefined-condition unexpected-request`)

// errorTypes are those of RFC 6120 §8.3.2.
var errorTypes = []string{"auth", "cancel", "continue", "modify", "wait"}

// checkErrors looks at an element that is an error, or holds one.
func (b *books) checkErrors(c *xmpptest.Client, n *xmpptest.Node) {
	switch {
	case n.NS == nsStreams && n.Name == "error":
		if what := conditionOf(n, nsErrors, streamErrors); what != "" {
			b.complain("error: a stream error %s: %s", what, n)
		}
		b.closing(c)
	case isStanza(n) && attrOf(n, "type") == "error" && b.byServer(n):
		e := childOf(n, nsClient, "error")
		switch {
		case e == nil && isCarbon(n): // XEP-0280 §6.1: it has the type of what is in it
		case e == nil:
			b.complain("error: a stanza of type error without one: %s", n)
		case !slices.Contains(errorTypes, attrOf(e, "type")):
			b.complain("error: a stanza error of no type: %s", n)
		case conditionOf(e, nsStanzas, stanzaErrors) != "":
			b.complain("error: a stanza error %s: %s", conditionOf(e, nsStanzas, stanzaErrors), n)
		}
	}
}

// byServer reports whether a stanza can be the server's own: others may send what errors they like.
func (b *books) byServer(n *xmpptest.Node) bool {
	return !strings.Contains(attrOf(n, "from"), "/")
}

// isCarbon reports whether n is a copy of a message, for another device of the account.
func isCarbon(n *xmpptest.Node) bool {
	return childOf(n, nsCarbons, "sent") != nil || childOf(n, nsCarbons, "received") != nil
}

// conditionOf says what is wrong with the conditions of an error, "" when nothing is: there is one, and one text at most.
func conditionOf(e *xmpptest.Node, ns string, conditions []string) string {
	found, texts := 0, 0
	for _, c := range children(e) {
		switch {
		case c.NS == ns && c.Name == "text":
			texts++
		case c.NS == ns && slices.Contains(conditions, c.Name):
			found++
		case c.NS == ns:
			return "with the unknown condition " + c.Name
		}
	}
	switch {
	case found != 1:
		return "without one condition"
	case texts > 1:
		return "with several texts"
	}
	return ""
}

// closing notes that the stream must end now.
func (b *books) closing(c *xmpptest.Client) { b.failing = append(b.failing, c) }

// checkEnds looks whether the streams that have got an error are at their end.
func (b *books) checkEnds() {
	for _, c := range b.failing {
		if !c.Ended() && c.Err() == nil {
			b.complain("error: the stream of %s goes on behind a stream error", c.Name())
		}
	}
	b.failing = nil
}
