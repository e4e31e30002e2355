package xep

import (
	"errors"
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
)

var _ = add(Extension{
	Number: 441, Name: "Message Archive Management Preferences", Version: "0.2.0",
	Notes: "what is not to be archived is delivered all the same, and hidden from queries",
	Register: func(h *host.Host, c Config) {
		a := newArchive(h, c)
		h.HandleIQ(atom.Get, atom.NSMAM, atom.Prefs, a.prefs)
		h.HandleIQ(atom.Set, atom.NSMAM, atom.Prefs, a.setPrefs)
	},
})

// policies are the values of 'default' (§2.1.1).
var policies = []string{im.Always: "always", im.Never: "never", im.Roster: "roster"}

// prefs answers with the account's preferences (§2.1).
func (a *archive) prefs(q *host.Request) {
	if !a.may(q) {
		return
	}
	s, of := q.Host.Store, q.Of
	q.Do(func() func(r *host.Reply) {
		rules, err := im.LoadArchiveRules(s, of)
		if err != nil {
			return a.failed(err)
		}
		return func(r *host.Reply) { sendPrefs(r, rules) }
	})
}

// setPrefs replaces them, and answers with what holds now.
func (a *archive) setPrefs(q *host.Request) {
	if !a.may(q) {
		return
	}
	rules, condition, text := a.readPrefs(q.Payload)
	if condition != atom.Unknown {
		q.Fail(condition, text)
		return
	}
	s, of := q.Host.Store, q.Of
	q.Do(func() func(r *host.Reply) {
		err := commit(s, of, func(tx *store.Tx, account jid.JID) error { return im.SaveArchiveRules(tx, account, rules) })
		switch {
		case errors.Is(err, errRemoved):
			return refuse(atom.ServiceUnavailable)
		case err != nil:
			return a.failed(err)
		}
		return func(r *host.Reply) { sendPrefs(r, rules) }
	})
}

func (a *archive) readPrefs(e codec.Element) (r im.ArchiveRules, condition atom.Atom, text string) {
	policy := slices.Index(policies, string(e.Attr(atom.Default)))
	if policy < 0 {
		return r, atom.BadRequest, "'default' is one of always, never and roster"
	}
	r.Default = im.Default(policy)
	for c := range e.Children() {
		var list *[]jid.JID
		switch {
		case c.NS() != atom.NSMAM:
			continue
		case string(c.LocalName()) == "always":
			list = &r.Always
		case string(c.LocalName()) == "never":
			list = &r.Never
		default:
			continue
		}
		if condition, text = a.readList(list, c); condition != atom.Unknown {
			return r, condition, text
		}
	}
	return r, atom.Unknown, ""
}

func (a *archive) readList(list *[]jid.JID, e codec.Element) (condition atom.Atom, text string) {
	for c := range e.Children() {
		if !c.Is(atom.NSMAM, atom.JID) {
			continue
		}
		j, err := jid.ParseBytes(append([]byte(nil), c.Text()...))
		switch {
		case err != nil:
			return atom.JIDMalformed, ""
		case slices.Contains(*list, j):
			continue
		case len(*list) == a.limits.Preferences:
			return atom.PolicyViolation, "too many addresses in a list"
		}
		*list = append(*list, j)
	}
	return atom.Unknown, ""
}

func sendPrefs(r *host.Reply, rules im.ArchiveRules) {
	b := r.Result().Start(atom.NSMAM, atom.Prefs).Attr(atom.Default, policies[rules.Default])
	for _, l := range []struct {
		name string
		jids []jid.JID
	}{{"always", rules.Always}, {"never", rules.Never}} {
		b.StartNS(atom.NSMAM.String(), l.name)
		for _, j := range l.jids {
			b.Start(atom.NSMAM, atom.JID).Text(j.String()).End()
		}
		b.End()
	}
	r.Send(b)
}
