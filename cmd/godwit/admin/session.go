package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Session is a session as ListSessions tells it.
type Session struct {
	JID       string    `json:"jid"`
	Transport string    `json:"transport"` // "plain", "tls", "link"; "parked": it has lost its connection, and can be resumed
	Peer      string    `json:"peer,omitempty"`
	Since     time.Time `json:"since,omitzero"` // it has its connection, or has lost it
	Heard     time.Time `json:"heard,omitzero"` // when something came from the client last, to a tenth of a second
	Resumable bool      `json:"resumable"`      // the stream can be resumed (XEP-0198)
	Inactive  bool      `json:"inactive"`       // the client has said that nobody is looking (XEP-0352)
	Unacked   int       `json:"unacked"`        // stanzas that were sent and are not acked
	Queued    int       `json:"queued"`         // stanzas in memory that wait to be sent
	Behind    bool      `json:"behind"`         // archived messages wait to be sent
	Received  uint64    `json:"received_bytes"` // of this connection
	Sent      uint64    `json:"sent_bytes"`     // the same
	Device    string    `json:"device,omitempty"`
	Client    string    `json:"client,omitempty"` // the software, or the name of the device, as it says itself
}

// errNoSessions is of a Room without a server.
var errNoSessions = errors.New("no server runs here, so there are no sessions")

// address reads the address of an account or of a session of one.
func (r *Room) address(text string) (jid.JID, error) {
	j, err := jid.Parse(text)
	if err != nil {
		return jid.JID{}, fmt.Errorf("%q is no address: write it as name@domain, or name@domain/resource", text)
	}
	if _, err := r.account(j.Bare().String()); err != nil {
		return jid.JID{}, err
	}
	return j, nil
}

// NoSession is the error of asking for a session that is not there.
func NoSession(address string) error {
	return fmt.Errorf("%s has no session now: godwit ctl sessions shows those that there are", address)
}

// listSessions tells the sessions, of all accounts or of one.
func (r *Room) listSessions(ctx context.Context, q Request) (reply Reply, err error) {
	if r.Table == nil {
		return reply, errNoSessions
	}
	var of jid.JID
	if q.JID != "" {
		if of, err = r.address(q.JID); err != nil {
			return reply, err
		}
	}
	reply.Table, err = r.Table(ctx, of)
	r.nameClients(reply.Table)
	slices.SortFunc(reply.Table, func(a, b Session) int { return cmp.Compare(a.JID, b.JID) })
	return reply, err
}

// nameClients says what the devices of the sessions are, as far as it is known.
func (r *Room) nameClients(table []Session) {
	known := make(map[jid.JID]map[string]string) // by account, by device
	for i := range table {
		s := &table[i]
		j, err := jid.Parse(s.JID)
		if s.Device == "" || err != nil {
			continue
		}
		account := j.Bare()
		if known[account] == nil {
			known[account] = r.clients(account)
		}
		s.Client = known[account][s.Device]
	}
}

// clients returns what the devices of an account are, by the names of their cursors. What cannot be read is not known.
func (r *Room) clients(account jid.JID) map[string]string {
	names := make(map[string]string)
	_ = r.Store.Devices(account, func(d store.Device) bool {
		names[d.ID] = d.Name
		return true
	})
	_ = host.Agents(r.Store, account, func(a host.Agent, _ time.Time) bool {
		names[a.Cursor()] = a.Software
		return true
	})
	return names
}

// kickSessions ends the sessions of an account, or one.
func (r *Room) kickSessions(ctx context.Context, q Request) (reply Reply, err error) {
	j, err := r.address(q.JID)
	if err != nil {
		return reply, err
	}
	if r.KickSessions == nil {
		return reply, errNoSessions
	}
	reply.Kicked, err = r.KickSessions(ctx, j)
	if err == nil && reply.Kicked == 0 {
		err = NoSession(j.String())
	}
	return reply, err
}
