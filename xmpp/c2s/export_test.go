package c2s

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// NewBound returns a session that has logged in and bound, for tests of what follows.
func (srv *Server) NewBound(h *host.Host, full jid.JID, mailbox stream.Mailbox, encoding codec.Encoding) *Session {
	s := &Session{srv: srv, host: h, login: new(login)}
	s.me.JID, s.me.Mailbox, s.me.Encoding = full, mailbox, encoding
	if err := h.Router.Bind(&s.me); err != nil {
		panic(err)
	}
	s.becomeBound(new(stream.Output))
	return s
}

// NewLoggedIn returns a session that has logged in and not bound.
func (srv *Server) NewLoggedIn(h *host.Host, account jid.JID, mailbox stream.Mailbox, encoding codec.Encoding) *Session {
	s := &Session{srv: srv, host: h, state: binding, login: &login{holds: func() (bool, error) { return true, nil }}}
	s.me.JID, s.me.Mailbox, s.me.Encoding = account, mailbox, encoding
	return s
}

// SetHolds says whether the login of a session that has bound nothing still holds.
func (s *Session) SetHolds(holds func() (bool, error)) { s.login.holds = holds }

// Queued returns the bytes of the stanzas that wait to be sent.
func (s *Session) Queued() (n int) {
	for _, h := range s.stream.queue {
		n += h.frame.Size()
	}
	return n
}
