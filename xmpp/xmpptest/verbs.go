package xmpptest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

func form(s string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(s, "CLIENT", clientForm) + "$")
}

// verbs are the forms of lines, see the package comment.
var verbs []verb

func init() {
	verbs = []verb{
		{form: form(`account (\S+)`), run: func(r *runner, s *step) error { r.w.Account(s.args[0]); return nil }},
		{form: form(`account (\S+) with the keys (\S+)`), run: func(r *runner, s *step) error { r.w.Import(s.args[0], s.args[1]); return nil }},
		{form: form(`roster (\S+): (\S+) (.*)`), run: prepareRoster},
		{form: form(`(\S+) holds (\S+): (.*)`), run: holds},
		{form: form(`clock \+(\S+)`), run: clock},
		{form: form(`server restarts`), run: func(r *runner, s *step) error { r.w.Restart(); return nil }},
		{form: form(`server crashes`), run: func(r *runner, s *step) error { r.w.Crash(uint64(s.line)); return nil }},
		{form: form(`everybody forgets`), run: forgetAll},
		{form: form(`CLIENT connects`), run: func(r *runner, s *step) error { return r.w.Connect(s.args[0]).Login() }},
		{form: form(`CLIENT connects plainly`), run: func(r *runner, s *step) error { r.w.Connect(s.args[0]); return nil }},
		{form: form(`CLIENT connects to resume`), run: func(r *runner, s *step) error {
			c := r.w.Connect(s.args[0])
			c.LogIn()
			c.Forget()
			return nil
		}},
		{form: form(`CLIENT is (available|interested)(?: (-?\d+))?`), run: comeOnline},
		{form: form(`CLIENT sends:`), block: true, run: sends},
		{form: form(`CLIENT disconnects`), run: onClient(func(c *Client, _ *step) error { c.Disconnect(); return nil })},
		{form: form(`CLIENT closes`), run: onClient(func(c *Client, _ *step) error { c.Send("</stream:stream>"); return nil })},
		{form: form(`CLIENT forgets`), run: onClient(func(c *Client, _ *step) error { c.Forget(); return nil })},
		{form: form(`CLIENT reads slowly`), run: onClient(func(c *Client, _ *step) error { c.Congest(true); return nil })},
		{form: form(`CLIENT reads again`), run: onClient(func(c *Client, _ *step) error { c.Congest(false); return nil })},
		{form: form(`CLIENT receives:`), block: true, expects: true, run: receives},
		{form: form(`CLIENT receives nothing`), silences: true, run: onClient(nothing)},
		{form: form(`CLIENT's stream ends`), expects: true, run: onClient(streamEnds)},
	}
	verbs = append(verbs, loginVerbs...)
}

func onClient(f func(c *Client, s *step) error) func(*runner, *step) error {
	return func(r *runner, s *step) error {
		c := r.w.clients[s.args[0]]
		if c == nil {
			return fmt.Errorf("%s is not connected", s.args[0])
		}
		return f(c, s)
	}
}

// sends sends a block, with what the {names} that were captured stand for.
func sends(r *runner, s *step) error {
	text := r.w.fillIDs(s.block)
	for name, value := range r.captures {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return onClient(func(c *Client, _ *step) error { c.Send(text); return nil })(r, s)
}

func clock(r *runner, s *step) error {
	d, err := time.ParseDuration(s.args[0])
	r.w.Sleep(d)
	return err
}

func forgetAll(r *runner, _ *step) error {
	for _, c := range r.w.clients {
		c.Forget()
	}
	return nil
}

// comeOnline logs a client in, up to its presence.
func comeOnline(r *runner, s *step) error {
	c := r.w.clients[s.args[0]]
	if c == nil || c.conn.done {
		c = r.w.Connect(s.args[0])
		if err := c.Login(); err != nil {
			return err
		}
	}
	if s.args[1] == "interested" {
		c.Send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
	}
	presence := "<presence/>"
	if s.args[2] != "" {
		presence = "<presence><priority>" + s.args[2] + "</priority></presence>"
	}
	c.Send(presence)
	c.Forget()
	return nil
}

func receives(r *runner, s *step) error {
	c := r.w.clients[s.args[0]]
	if c == nil {
		return fmt.Errorf("%s is not connected", s.args[0])
	}
	expected, err := ParseNodes(r.w.fillIDs(s.block))
	if err != nil {
		return err
	}
	if len(expected) != 1 {
		return fmt.Errorf("%d elements, a block has one", len(expected))
	}
	if len(c.received) == 0 {
		return errors.New("nothing was received")
	}
	got := c.received[0]
	c.received = c.received[1:]
	if err := r.captures.Match(expected[0], got); err != nil {
		return fmt.Errorf("%w; received was\n%s", err, got)
	}
	return nil
}

func nothing(c *Client, _ *step) error {
	if len(c.received) > 0 {
		return fmt.Errorf("received was\n%s", c.received[0])
	}
	return nil
}

func streamEnds(c *Client, _ *step) error {
	if !c.ended {
		return errors.New("the stream has not ended")
	}
	if !c.conn.done {
		return errors.New("the stream has ended, and the connection is still open")
	}
	c.told = true
	return nil
}

// prepareRoster reads "roster OWNER: CONTACT STATE …".
func prepareRoster(r *runner, s *step) error {
	item := store.RosterItem{JID: r.contact(s.args[1])}
	for _, word := range strings.Fields(s.args[2]) {
		switch word {
		case "none":
		case "to":
			item.Subscription = store.SubscriptionTo
		case "from":
			item.Subscription = store.SubscriptionFrom
		case "both":
			item.Subscription = store.SubscriptionBoth
		case "ask":
			item.Ask = true
		case "pending":
			item.PendingIn = true
			item.Request = r.w.request(item.JID, r.w.JID(s.args[0]))
		case "approved":
			item.Approved = true
		case "hidden":
			item.Hidden = true
		default:
			return fmt.Errorf("what is %q?", word)
		}
	}
	r.w.Roster(s.args[0], item)
	return nil
}

// contact returns the address of a contact: of this server when it is a localpart.
func (r *runner) contact(name string) jid.JID {
	if strings.ContainsAny(name, "@.") {
		return jid.MustParse(name)
	}
	return r.w.JID(name)
}

// holds compares what the store has of a roster item.
func holds(r *runner, s *step) error {
	if have := r.held(s.args[0], s.args[1]); have != s.args[2] {
		return fmt.Errorf("%s holds %s: %s", s.args[0], s.args[1], have)
	}
	return nil
}

// held describes a roster item in the words of prepareRoster.
func (r *runner) held(owner, contact string) string {
	item, ok, err := r.w.store.RosterItem(r.w.JID(owner), r.contact(contact))
	if err != nil {
		return err.Error()
	}
	if !ok {
		return "nothing"
	}
	words := []string{[]string{"none", "to", "from", "both"}[item.Subscription]}
	for _, w := range []struct {
		on   bool
		word string
	}{{item.Ask, "ask"}, {item.PendingIn, "pending"}, {item.Approved, "approved"}, {item.Hidden, "hidden"}} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, " ")
}
