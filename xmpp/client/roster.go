package client

import (
	"context"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// RosterItem is a contact (RFC 6121 §2.1.2).
type RosterItem struct {
	JID          jid.JID
	Name         string
	Subscription string // "none", "to", "from" or "both"; in a push also "remove"
	Ask          bool   // our request for a subscription has no answer yet
	Approved     bool   // their request will be granted when it comes
	Groups       []string
}

// Roster returns the contacts (RFC 6121 §2.2); from then on the server sends pushes, which Recv returns.
func (c *Conn) Roster(ctx context.Context) ([]RosterItem, error) {
	answer, err := c.IQ(ctx, func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "get").Start(atom.NSRoster, atom.Query)
	})
	if err != nil {
		return nil, err
	}
	return rosterItems(answer.Element()), nil
}

// Push returns the contact that a roster push carries (RFC 6121 §2.1.6), and whether s is one. The Machine lets no
// pushes through but those of our own server, unless Config.OwnIQ leaves requests to the application.
func (c *Conn) Push(s *Stanza) (item RosterItem, ok bool) {
	e := s.Element()
	if s.Kind() != stanza.IQ || !c.m.isPush(e) {
		return item, false
	}
	items := rosterItems(e)
	if len(items) != 1 {
		return item, false
	}
	return items[0], true
}

func rosterItems(iq codec.Element) (items []RosterItem) {
	for e := range iq.Child(atom.NSRoster, atom.Query).Children() {
		if item := rosterItem(e); e.Is(atom.NSRoster, atom.Item) && !item.JID.IsZero() {
			items = append(items, item)
		}
	}
	return items
}

func rosterItem(e codec.Element) RosterItem {
	item := RosterItem{
		JID:          address(e.Attr(atom.JID)),
		Name:         string(e.Attr(atom.Name)),
		Subscription: string(e.Attr(atom.Subscription)),
		Ask:          string(e.Attr(atom.Ask)) == "subscribe",
		Approved:     isTrue(e.Attr(atom.Approved)),
	}
	orDefault(&item.Subscription, "none")
	for g := range e.Children() {
		if g.Is(atom.NSRoster, atom.Group) {
			item.Groups = append(item.Groups, string(g.Text()))
		}
	}
	return item
}

// isTrue reads an xs:boolean.
func isTrue(b []byte) bool { return string(b) == "true" || string(b) == "1" }

// SetContact adds a contact, or changes its name and groups (RFC 6121 §2.3, §2.4). The other fields are the server's.
func (c *Conn) SetContact(ctx context.Context, item RosterItem) error {
	return c.setRoster(ctx, func(b *codec.Builder) {
		b.Attr(atom.JID, item.JID.String())
		if item.Name != "" {
			b.Attr(atom.Name, item.Name)
		}
		for _, g := range item.Groups {
			b.Start(atom.NSRoster, atom.Group).Text(g).End()
		}
	})
}

// RemoveContact removes a contact and all subscriptions with it (RFC 6121 §2.5).
func (c *Conn) RemoveContact(ctx context.Context, contact jid.JID) error {
	return c.setRoster(ctx, func(b *codec.Builder) {
		b.Attr(atom.JID, contact.String()).Attr(atom.Subscription, "remove")
	})
}

func (c *Conn) setRoster(ctx context.Context, fill func(b *codec.Builder)) error {
	_, err := c.IQ(ctx, func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set").Start(atom.NSRoster, atom.Query).Start(atom.NSRoster, atom.Item)
		fill(b)
	})
	return err
}

// Subscribe asks for a contact's presence (RFC 6121 §3.1.1).
func (c *Conn) Subscribe(ctx context.Context, contact jid.JID) error {
	return c.subscription(ctx, "subscribe", contact)
}

// Approve lets a contact see our presence, which it asked for (RFC 6121 §3.1.4), or will ask for (§3.4).
func (c *Conn) Approve(ctx context.Context, contact jid.JID) error {
	return c.subscription(ctx, "subscribed", contact)
}

// Deny refuses a contact our presence, or takes it away (RFC 6121 §3.2).
func (c *Conn) Deny(ctx context.Context, contact jid.JID) error {
	return c.subscription(ctx, "unsubscribed", contact)
}

// Unsubscribe gives a contact's presence up (RFC 6121 §3.3).
func (c *Conn) Unsubscribe(ctx context.Context, contact jid.JID) error {
	return c.subscription(ctx, "unsubscribe", contact)
}

func (c *Conn) subscription(ctx context.Context, kind string, contact jid.JID) error {
	return c.Presence(ctx, Type(kind), To(contact.Bare()), ID(c.NewID()))
}
