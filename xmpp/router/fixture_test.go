package router_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// box is a mailbox that keeps what it gets, or refuses it.
type box struct {
	mail []stream.Mail
	full bool
}

func (b *box) Post(m stream.Mail) bool {
	if b.full {
		if m.Frame != nil {
			m.Frame.Release()
		}
		return false
	}
	b.mail = append(b.mail, m)
	return true
}

// empty releases what b holds.
func (b *box) empty() {
	for _, m := range b.mail {
		if m.Frame != nil {
			m.Frame.Release()
		}
	}
	b.mail = b.mail[:0]
}

func newRouter() *router.Router { return router.New(xmltext.Encoder{}, compact.Encoder{}) }

// session returns one that is bound at the full JID.
func session(t testing.TB, r *router.Router, full string) (*router.Session, *box) {
	t.Helper()
	b := new(box)
	s := &router.Session{JID: jid.MustParse(full), Mailbox: b}
	if err := r.Bind(s); err != nil {
		t.Fatal(err)
	}
	return s, b
}

// available returns a session that is bound and available with the priority.
func available(t testing.TB, r *router.Router, full string, priority int8) (*router.Session, *box) {
	t.Helper()
	s, b := session(t, r, full)
	r.SetPresence(s, presence(priority))
	return s, b
}

func presence(priority int8) router.Presence {
	return router.Presence{Stanza: []byte("kept"), Priority: priority}
}

// frame returns one in both encodings.
func frame(id uint64) *codec.Frame {
	var b codec.Builder
	e := b.Start(atom.NSClient, atom.Message).Element()
	f := codec.NewFrame()
	f.Encode(xmltext.Encoder{}, e)
	f.Encode(compact.Encoder{}, e)
	f.ID = id
	return f
}

// names returns the resources of targets.
func names(targets []router.Target) (s string) {
	for _, t := range targets {
		s += t.Session.JID.Resource() + " "
	}
	return s
}
