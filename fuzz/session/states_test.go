package session

import (
	"reflect"
	"strings"

	"github.com/godwit-im/godwit/xmpp/stream"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// stateNames are the states of package c2s, in their order (TestStates compares).
var stateNames = []string{"connected", "negotiating", "authenticated", "binding", "bound", "closed"}

// unwrapper is a machine around a session.
type unwrapper interface{ Unwrap() stream.Machine }

// session returns the c2s.Session of a connection, to be looked at: reading fields that are not exported is what reflect allows.
func session(c *xmpptest.Client) reflect.Value {
	m := c.Machine()
	for u, ok := m.(unwrapper); ok; u, ok = m.(unwrapper) {
		m = u.Unwrap()
	}
	return reflect.ValueOf(m).Elem()
}

// isBound reports whether a session takes stanzas.
func isBound(s reflect.Value) bool { return stateNames[s.FieldByName("state").Uint()] == "bound" }

// isOutlived reports whether another session has the stream, or is about to.
func isOutlived(s reflect.Value) bool {
	r := s.FieldByName("stream")
	return !r.IsNil() && r.Elem().FieldByName("owner").Pointer() != s.Addr().Pointer()
}

// stateOf says what a session is at: its state, and what else makes a difference to what it may be sent.
func stateOf(c *xmpptest.Client) string {
	s := session(c)
	words := []string{stateNames[s.FieldByName("state").Uint()]}
	say := func(is bool, word string) {
		if is {
			words = append(words, word)
		}
	}
	if l := s.FieldByName("login"); !l.IsNil() {
		l = l.Elem()
		say(!l.FieldByName("security").IsNil(), "secure")
		say(!l.FieldByName("claimed").IsZero(), "named")
		say(!l.FieldByName("exchange").IsNil() && l.FieldByName("request").IsNil(), "in SASL")
		say(!l.FieldByName("exchange").IsNil() && !l.FieldByName("request").IsNil(), "in SASL2")
		if q := l.FieldByName("request"); !q.IsNil() && l.FieldByName("exchange").IsNil() && words[0] == "negotiating" {
			say(q.Elem().FieldByName("tasks").FieldByName("begun").IsNil(), "before a task")
			say(!q.Elem().FieldByName("tasks").FieldByName("begun").IsNil(), "in a task")
		}
		say(l.FieldByName("failures").Int() > 0, "failed")
		say(l.FieldByName("compressed").Bool(), "compressed")
	}
	say(s.FieldByName("in").FieldByName("on").Bool(), "acks")
	if r := s.FieldByName("stream"); !r.IsNil() {
		r = r.Elem()
		say(true, "resumable")
		say(r.FieldByName("parked").Bool(), "parked")
		say(!r.FieldByName("claimant").IsNil(), "claimed")
		say(isOutlived(s), "outlived")
	}
	say(!s.FieldByName("inactive").IsNil(), "inactive")
	out := s.FieldByName("out")
	say(out.FieldByName("begun").Bool(), "available")
	say(out.FieldByName("behind").Bool(), "behind")
	say(out.FieldByName("paging").Bool(), "paging")
	say(out.FieldByName("asked").Bool(), "asked")
	say(s.FieldByName("skip").Uint() > 0, "skipping")
	say(!c.Gone() && c.Working(), "working")
	return strings.Join(words, " ")
}
