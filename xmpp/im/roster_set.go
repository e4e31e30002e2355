package im

import (
	"errors"
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// rosterSet takes a roster set: an item to add, to update or to remove (RFC 6121 §2.3, §2.4, §2.5).
func (im *IM) rosterSet(q *host.Request) {
	if !q.Own() {
		q.Fail(atom.Forbidden, "") // §2.3.3
		return
	}
	item, remove, fault := im.wanted(q.Payload, q.Of)
	if fault.Condition != atom.Unknown {
		q.Fail(fault.Condition, fault.Text)
		return
	}
	owner := q.Of
	q.Do(func() func(r *host.Reply) {
		defer im.lock(owner)()
		err := im.change(func(c *change) error {
			if remove {
				return c.removeItem(owner, item.JID)
			}
			return c.setItem(owner, item)
		})
		switch {
		case errors.Is(err, errNoItem):
			return func(r *host.Reply) { r.Fail(atom.ItemNotFound, "") } // §2.5.3
		case err != nil:
			failure := im.failure(err, "changing a roster")
			return func(r *host.Reply) { r.Fail(failure.Condition, failure.Text) }
		}
		return func(r *host.Reply) { r.Send(r.Result()) }
	})
}

// wanted reads the one item of a roster set and checks it (§2.3.3). Of the subscription only "remove" counts (§2.1.5).
func (im *IM) wanted(query codec.Element, owner jid.JID) (item store.RosterItem, remove bool, fault stanza.Error) {
	e := query.Child(atom.NSRoster, atom.Item)
	for c := range query.Children() {
		if c.Is(atom.NSRoster, atom.Item) && c != e {
			return item, false, stanza.Error{Condition: atom.BadRequest, Text: "a roster set has one item"}
		}
	}
	address := e.Attr(atom.JID)
	if address == nil {
		return item, false, stanza.Error{Condition: atom.BadRequest, Text: "a roster set has one item, with a jid"}
	}
	var err error
	if item.JID, err = jid.ParseBytes(address); err != nil {
		return item, false, stanza.Error{Condition: atom.JIDMalformed}
	}
	if string(e.Attr(atom.Subscription)) == "remove" {
		return item, true, fault
	}
	if item.JID.Bare() == owner {
		return item, false, stanza.Error{Condition: atom.NotAllowed, Text: "this is your own address"} // §2.3.3, the last note
	}
	item.Name = string(e.Attr(atom.Name))
	if len(item.Name) > im.opts.MaxNameBytes {
		return item, false, stanza.Error{Condition: atom.NotAcceptable, Text: "the name is too long"}
	}
	item.Groups, fault = im.wantedGroups(e)
	if fault.Condition == atom.Unknown && item.Size() > im.opts.MaxItemBytes {
		fault = stanza.Error{Condition: atom.NotAcceptable, Text: "the name and the groups are too long"}
	}
	return item, false, fault
}

func (im *IM) wantedGroups(e codec.Element) (groups []string, fault stanza.Error) {
	for c := range e.Children() {
		if !c.Is(atom.NSRoster, atom.Group) {
			continue
		}
		name := string(c.Text())
		switch {
		case name == "":
			return nil, stanza.Error{Condition: atom.NotAcceptable, Text: "a group without a name"}
		case len(name) > im.opts.MaxNameBytes:
			return nil, stanza.Error{Condition: atom.NotAcceptable, Text: "the name of a group is too long"}
		case slices.Contains(groups, name):
			return nil, stanza.Error{Condition: atom.BadRequest, Text: "a group is named twice"}
		case len(groups) == im.opts.MaxGroups:
			return nil, stanza.Error{Condition: atom.NotAcceptable, Text: "too many groups"}
		}
		groups = append(groups, name)
	}
	return groups, fault
}

// setItem gives a contact its name and groups, exactly as wanted (§2.4.1), and pushes the item. A contact of whom there
// was only a request is in the roster from now on.
func (c *change) setItem(owner jid.JID, wanted store.RosterItem) error {
	s, err := c.side(owner, wanted.JID)
	if err != nil {
		return err
	}
	s.item.Name, s.item.Groups, s.item.Hidden = wanted.Name, wanted.Groups, false
	if err := c.room(&s); err != nil {
		return err
	}
	version, err := c.tx.PutRosterItem(owner, s.item)
	if err != nil {
		return err
	}
	c.push(owner, s.item, version, false)
	return nil
}

// errNoItem says that there is no item to remove.
var errNoItem = errors.New("im: no such roster item")

// removeItem removes a contact, and ends what there was between the two (§2.5.2).
func (c *change) removeItem(owner, contact jid.JID) error {
	s, err := c.side(owner, contact)
	if err != nil {
		return err
	}
	if !s.visible() {
		return errNoItem
	}
	if err := c.endSubscriptions(&s); err != nil {
		return err
	}
	version, err := c.tx.DeleteRosterItem(owner, contact)
	if err != nil {
		return err
	}
	c.push(owner, s.item, version, true)
	return nil
}

// endSubscriptions says to the contact that the owner does not want his presence any more, and that he does not get the owner's.
func (c *change) endSubscriptions(s *side) error {
	contact := s.contact.Bare()
	if seen(&s.item) || s.item.Ask {
		if err := c.tell(s.owner, contact, atom.Unsubscribe); err != nil {
			return err
		}
	}
	if sees(&s.item) || s.item.PendingIn {
		return c.tell(s.owner, contact, atom.Unsubscribed)
	}
	return nil
}

// tell sends a subscription stanza that the server makes for the owner of a roster.
func (c *change) tell(owner, contact jid.JID, kind atom.Atom) error {
	b := c.im.bench()
	defer b.putAway()
	kept := b.keep(b.presence(owner, contact, kind.String(), []byte(host.NewID())).Element())
	_, err := c.inbound(contact, owner, kind, kept)
	return err
}
