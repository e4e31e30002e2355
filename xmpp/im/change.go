package im

import (
	"cmp"
	"errors"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// change is a change of rosters: an operation of the store. What follows from it is noted while it is applied (then) and done on
// the committer when it is durable, in order.
type change struct {
	im      *IM
	tx      *store.Tx // during apply
	apply   func(c *change) error
	effects []func()
	done    chan error
}

// change runs apply in one operation, and waits until what follows from it is done. Only jobs may call it.
func (im *IM) change(apply func(c *change) error) error {
	c := &change{im: im, apply: apply, done: make(chan error, 1)}
	if err := im.store.Submit(c); err != nil {
		return err
	}
	return <-c.done
}

// Apply implements store.Op.
func (c *change) Apply(tx *store.Tx) error {
	c.tx = tx
	defer func() { c.tx = nil }()
	return c.apply(c)
}

// Committed implements store.Op.
func (c *change) Committed(err error) {
	defer func() { c.done <- err }()
	if err != nil {
		return
	}
	for _, f := range c.effects {
		f()
	}
}

// then notes what is to be done when the change is durable. f must not wait.
func (c *change) then(f func()) { c.effects = append(c.effects, f) }

// side is what owner's roster holds of contact, both bare.
type side struct {
	owner, contact jid.JID
	item           store.RosterItem
	known          bool // there is an item, hidden or not
	was            store.RosterItem
}

// errNoAccount says that an owner's account was removed meanwhile.
var errNoAccount = errors.New("im: no such account")

func (c *change) side(owner, contact jid.JID) (side, error) {
	if ok, err := c.tx.HasAccount(owner); err != nil || !ok {
		return side{}, cmp.Or(err, errNoAccount)
	}
	item, known, err := c.tx.RosterItem(owner, contact)
	if !known {
		item = store.RosterItem{JID: contact}
	}
	return side{owner, contact, item, known, item}, err
}

// visible reports whether clients see the item, as it was.
func (s *side) visible() bool { return s.known && !s.was.Hidden }

// errRosterFull says that an owner has as many contacts as he may have, or as much of them.
var errRosterFull = errors.New("im: the roster is full")

// put writes the item as it is now, if it has changed, and pushes it if clients see a difference. An item that says
// nothing any more, of a contact that was never in the roster, is deleted.
func (c *change) put(s *side) error {
	if s.known && same(&s.was, &s.item) || !s.known && empty(&s.item) {
		return nil
	}
	if s.known && s.item.Hidden && !s.item.PendingIn && empty(&s.item) {
		_, err := c.tx.DeleteRosterItem(s.owner, s.contact)
		return err
	}
	s.item.Hidden = (s.item.Hidden || !s.known) && onlyPending(&s.item)
	if err := c.room(s); err != nil {
		return err
	}
	return c.write(s)
}

// write puts the item and pushes it unless clients see the same as before.
func (c *change) write(s *side) error {
	version, err := c.tx.PutRosterItem(s.owner, s.item)
	if err != nil {
		return err
	}
	if s.item.Hidden || s.visible() && looksSame(&s.was, &s.item) {
		return nil
	}
	c.push(s.owner, s.item, version, false)
	return nil
}

// room checks that there is room for one more contact, or for one more request of a stranger, if s becomes one, and for what s has grown by: strangers take no
// room from contacts.
func (c *change) room(s *side) error {
	items, more := 1, s.item.Size()
	if s.known && s.was.Hidden == s.item.Hidden {
		items, more = 0, more-s.was.Size()
	}
	if items == 0 && more <= 0 {
		return nil
	}
	size, requests, err := c.tx.RosterSize(s.owner)
	limit := c.im.opts.MaxRoster
	if s.item.Hidden {
		size, limit = requests, c.im.opts.MaxRequests
	}
	if err == nil && (items > 0 && size.Items >= limit || size.Bytes+more > c.im.opts.MaxRosterBytes) {
		err = errRosterFull
	}
	return err
}

// onlyPending reports whether a request from the contact is all that the item says.
func onlyPending(item *store.RosterItem) bool {
	return item.PendingIn && !item.Ask && !item.Approved && item.Subscription == store.SubscriptionNone
}

// empty reports whether the item says nothing.
func empty(item *store.RosterItem) bool {
	return stateOf(item) == none && !item.Approved
}

// looksSame reports whether subscription, ask and approved are the same: all of an item that a subscription stanza can change for clients.
func looksSame(a, b *store.RosterItem) bool {
	return a.Subscription == b.Subscription && a.Ask == b.Ask && a.Approved == b.Approved
}

func same(a, b *store.RosterItem) bool {
	return looksSame(a, b) && a.PendingIn == b.PendingIn
}

// push sends an item, or its removal, to the owner's interested resources (RFC 6121 §2.1.6).
func (c *change) push(owner jid.JID, item store.RosterItem, version uint64, removed bool) {
	c.then(func() {
		c.im.pushesTo(owner).Add(1)
		for _, t := range c.im.router.Targets(nil, owner, router.Interested) {
			c.im.pushTo(t, &item, version, removed)
		}
	})
}
