package mobile

import (
	"context"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// presence is what others see of us.
type presence struct{ show, status string }

func (p presence) options() (options []client.Option) {
	for _, child := range [...]struct {
		name atom.Atom
		text string
	}{{atom.Show, p.show}, {atom.Status, p.status}} {
		if child.text != "" {
			options = append(options, client.With(func(b *codec.Builder) { b.Start(atom.NSClient, child.name).Text(child.text).End() }))
		}
	}
	return options
}

// SetPresence sets what others see: show is "", "away", "chat", "dnd" or "xa", status is in words (RFC 6121 §4.7.2). It is said now, if there is a connection, and in every new session.
func (c *Client) SetPresence(show, status string) error {
	switch show {
	case "", "away", "chat", "dnd", "xa":
	default:
		return fmt.Errorf("mobile: %q is nothing to show", show)
	}
	c.mu.Lock()
	c.presence = presence{show, status}
	s := c.online
	c.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.conn.Presence(s.ctx, presence{show, status}.options()...)
}

// introduce begins a new session: it asks for the roster and says that we are there (RFC 6121 §2.2, §4.2). When the connection ends before that, the next one
// has it to do, even if it goes on with the session.
func (s *session) introduce() {
	if items, err := s.conn.Roster(s.ctx); err == nil {
		for _, item := range items {
			s.tell(func(l Listener) { l.Contact(newContact(item)) })
		}
	}
	s.mu.Lock()
	p := s.presence
	s.mu.Unlock()
	if s.conn.Presence(s.ctx, p.options()...) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.online == s {
		s.saved.Introduced = true
	}
}

// SetContact adds a contact to the roster, or changes its name. It waits for the server.
func (c *Client) SetContact(address, name string) error {
	return c.change(address, func(ctx context.Context, conn *client.Conn, contact jid.JID) error {
		return conn.SetContact(ctx, client.RosterItem{JID: contact, Name: name})
	})
}

// RemoveContact removes a contact, and all subscriptions with it. It waits for the server.
func (c *Client) RemoveContact(address string) error {
	return c.change(address, func(ctx context.Context, conn *client.Conn, contact jid.JID) error {
		return conn.RemoveContact(ctx, contact)
	})
}

// Subscribe asks for somebody's presence; Approve grants ours, which was asked for; Deny refuses it, or takes it back; Unsubscribe gives theirs up (RFC 6121 §3).
func (c *Client) Subscribe(address string) error {
	return c.change(address, func(ctx context.Context, conn *client.Conn, who jid.JID) error { return conn.Subscribe(ctx, who) })
}

// Approve grants our presence: see Subscribe.
func (c *Client) Approve(address string) error {
	return c.change(address, func(ctx context.Context, conn *client.Conn, who jid.JID) error { return conn.Approve(ctx, who) })
}

// Deny refuses our presence: see Subscribe.
func (c *Client) Deny(address string) error {
	return c.change(address, func(ctx context.Context, conn *client.Conn, who jid.JID) error { return conn.Deny(ctx, who) })
}

// Unsubscribe gives a presence up: see Subscribe.
func (c *Client) Unsubscribe(address string) error {
	return c.change(address, func(ctx context.Context, conn *client.Conn, who jid.JID) error { return conn.Unsubscribe(ctx, who) })
}

// patience is how long the server may take for an answer.
const patience = 30 * time.Second

// change asks the server for something.
func (c *Client) change(address string, ask func(ctx context.Context, conn *client.Conn, who jid.JID) error) error {
	who, err := jid.Parse(address)
	if err != nil {
		return fmt.Errorf("mobile: the address: %w", err)
	}
	s := c.session()
	if s == nil {
		return errOffline
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	return ask(ctx, s.conn, who)
}

func newPresence(s *client.Stanza) *Presence {
	e := s.Element()
	return &Presence{
		From: string(e.Attr(atom.From)), Type: string(e.Attr(atom.Type)),
		Show:   string(e.Child(atom.NSClient, atom.Show).Text()),
		Status: string(e.Child(atom.NSClient, atom.Status).Text()),
	}
}

func newContact(item client.RosterItem) *Contact {
	return &Contact{JID: item.JID.String(), Name: item.Name, Subscription: item.Subscription, Ask: item.Ask}
}
