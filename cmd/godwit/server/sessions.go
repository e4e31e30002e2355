package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// lookTime is how long the event loops have to tell their sessions.
const lookTime = 2 * time.Second

// concerns reports whether a session is meant by an address: that of its account, its own, or none.
func concerns(of, session jid.JID) bool {
	return of.IsZero() || of == session || of == session.Bare()
}

// table tells the sessions for the operator: those that have a connection on its event loop, then those that have lost it. Those of an event loop that does not answer are left out.
func (s *Server) table(ctx context.Context, of jid.JID) ([]admin.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var mu sync.Mutex
	var found []admin.Session
	all := s.edge.Look(ctx, func(c edge.Connection, m stream.Machine) {
		session, ok := m.(*c2s.Session)
		if !ok {
			return
		}
		if a, ok := session.About(); ok && concerns(of, a.JID) {
			mu.Lock()
			defer mu.Unlock()
			found = append(found, row(a, c))
		}
	})
	if !all {
		s.log.Warn("an event loop does not answer, so its sessions are not told")
	}
	mu.Lock()
	defer mu.Unlock()
	told := slices.Clone(found) // who comes late is not waited for
	s.streams.EachParked(func(a c2s.About) {
		if concerns(of, a.JID) {
			told = append(told, row(a, edge.Connection{Since: a.Since}))
		}
	})
	return told, nil
}

// parkedTransport is what stands in the place of the transport of a session that has no connection.
const parkedTransport = "parked"

func row(a c2s.About, c edge.Connection) admin.Session {
	t := admin.Session{
		JID: a.JID.String(), Transport: c.Transport.String(), Peer: a.Peer.Address, Since: c.Since, Heard: c.Heard,
		Resumable: a.Resumable, Inactive: a.Inactive, Unacked: a.Unacked, Queued: a.Queued, Behind: a.Behind,
		Received: c.Received, Sent: c.Sent, Device: a.Device,
	}
	if a.Parked {
		t.Transport = parkedTransport
	}
	return t
}

// kickSessions ends sessions for good: what has lost its connection cannot be resumed any more.
func (s *Server) kickSessions(_ context.Context, who jid.JID) (n int, err error) {
	var parked []string
	for _, t := range s.router.Targets(nil, who.Bare(), router.Bound) {
		if !concerns(who, t.Session.JID) || !t.Mailbox.Post(stream.Mail{Note: router.Kicked}) {
			continue
		}
		n++
		if t.Parked {
			parked = append(parked, t.Session.JID.Resource())
		}
	}
	if h := s.hosts[who.Domain()]; h != nil && parked != nil {
		err = h.EndStreams(who.Bare(), func(resource string) bool { return slices.Contains(parked, resource) }, time.Now())
	}
	return n, err
}

// watch shows the operator what sessions say and are told.
func (s *Server) watch(who jid.JID, show func(admin.Shown)) (end func()) {
	return s.watches.Add(who, func(w c2s.Shown) {
		show(admin.Shown{Time: w.Time, Session: w.Session.String(), Out: w.Out, XML: w.XML})
	})
}
