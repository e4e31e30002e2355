package im

import (
	"strconv"
	"sync/atomic"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// rosterGet answers a roster get (RFC 6121 §2.1.3, §2.6). The session is interested from here on.
func (im *IM) rosterGet(q *host.Request) {
	if !q.Own() {
		q.Fail(atom.Forbidden, "")
		return
	}
	if !q.Payload.Child(atom.NSRoster, atom.Item).IsZero() {
		q.Fail(atom.BadRequest, "a roster get has no items")
		return
	}
	me := q.Session
	im.router.SetInterested(me)
	known, versioned := version(q.Payload.Attr(atom.Ver))
	pushes := im.pushesTo(me.JID)
	seen := pushes.Load()
	q.Do(func() func(r *host.Reply) {
		answer, version, err := im.rosterAnswer(me, known, versioned)
		if err != nil {
			im.host.Log.Error("a roster cannot be read", "jid", me.JID.Bare().String(), "err", err)
			return func(r *host.Reply) { r.Fail(atom.InternalServerError, "") }
		}
		return func(r *host.Reply) {
			answer(r)
			if pushes.Load() != seen { // the answer may be older than one of them, and takes its place
				r.Out.Do(func() any {
					im.pushSince(me, version)
					return nil
				})
			}
		}
	})
}

// pushesTo counts the pushes to an account, and to some others. A push is counted when its change is to be seen in the store, and before any session has it: what is read
// after the count was looked at is as new as all pushes that it counts.
func (im *IM) pushesTo(owner jid.JID) *atomic.Uint32 {
	return &im.rosterPushes[im.slot(owner)]
}

// rosterAnswer reads what a client is told that knows the roster of one version, or of none, and the version that it has then.
func (im *IM) rosterAnswer(me *router.Session, known uint64, versioned bool) (answer func(r *host.Reply), version uint64, err error) {
	owner := me.JID.Bare()
	if versioned {
		if version, err = im.store.RosterVersion(owner); err != nil {
			return nil, 0, err
		}
		if changes, ok := im.changesSince(owner, known); ok {
			return func(r *host.Reply) { im.sendChanges(r, me, changes) }, version, nil
		}
	}
	roster, err := im.readRoster(owner)
	return func(r *host.Reply) { sendRoster(r, &roster) }, roster.version, err
}

// version reads a 'ver'. An empty one, and one that is not ours, asks for the whole roster (§2.6.2).
func version(ver []byte) (v uint64, ok bool) {
	v, err := strconv.ParseUint(string(ver), 10, 64)
	return v, err == nil
}

// fullRoster is a roster as clients see it, and its version.
type fullRoster struct {
	version uint64
	items   []store.RosterItem
}

// readRoster reads the version first: a change in between is then told twice, rather than never.
func (im *IM) readRoster(owner jid.JID) (r fullRoster, err error) {
	if r.version, err = im.store.RosterVersion(owner); err != nil {
		return r, err
	}
	err = im.store.Roster(owner, func(item store.RosterItem) bool {
		if item.InRoster() {
			r.items = append(r.items, item)
		}
		return true
	})
	return r, err
}

func sendRoster(r *host.Reply, roster *fullRoster) {
	b := r.Result().Start(atom.NSRoster, atom.Query).AttrUint(atom.Ver, roster.version)
	for i := range roster.items {
		addItem(b, &roster.items[i], false)
	}
	r.Send(b)
}

// rosterChange is an item that has changed, or left.
type rosterChange struct {
	item    store.RosterItem
	removed bool
}

// maxInterim is how many changes are told one by one; a client that has missed more gets the whole roster.
const maxInterim = 100

// changesSince returns what a client with that version has missed; ok is false when it needs the whole roster.
func (im *IM) changesSince(owner jid.JID, version uint64) (changes []rosterChange, ok bool) {
	ok, err := im.store.RosterSince(owner, version, func(item store.RosterItem, removed bool) bool {
		changes = append(changes, rosterChange{item, removed})
		return len(changes) <= maxInterim
	})
	if err != nil {
		im.host.Log.Error("a roster cannot be read", "jid", owner.String(), "err", err)
	}
	return changes, err == nil && ok && len(changes) <= maxInterim
}

// sendChanges answers with an empty result, and then pushes what has changed (§2.6.3).
func (im *IM) sendChanges(r *host.Reply, me *router.Session, changes []rosterChange) {
	r.Send(r.Result())
	for i := range changes {
		c := &changes[i]
		b := r.Out.Build()
		r.Out.Send(buildPush(b, me.JID, &c.item, c.item.Version, c.removed))
	}
}

// buildPush builds a roster push (§2.1.6).
func buildPush(b *codec.Builder, to jid.JID, item *store.RosterItem, version uint64, removed bool) codec.Element {
	b.Start(atom.NSClient, atom.IQ).Attr(atom.ID, host.NewID()).Attr(atom.To, to.String()).Attr(atom.Type, "set")
	b.Start(atom.NSRoster, atom.Query).AttrUint(atom.Ver, version)
	addItem(b, item, removed)
	return b.Element()
}

// pushTo posts a roster push to one session.
func (im *IM) pushTo(t router.Target, item *store.RosterItem, version uint64, removed bool) {
	b := im.bench()
	defer b.putAway()
	im.post(buildPush(b.build(), t.Session.JID, item, version, removed), []router.Target{t})
}

var subscriptionNames = [...]string{
	store.SubscriptionNone: "none", store.SubscriptionTo: "to",
	store.SubscriptionFrom: "from", store.SubscriptionBoth: "both",
}

// addItem adds an item as clients see it (§2.1.2).
func addItem(b *codec.Builder, item *store.RosterItem, removed bool) {
	b.Start(atom.NSRoster, atom.Item).Attr(atom.JID, item.JID.String())
	defer b.End()
	if removed {
		b.Attr(atom.Subscription, "remove")
		return
	}
	if item.Name != "" {
		b.Attr(atom.Name, item.Name)
	}
	b.Attr(atom.Subscription, subscriptionNames[item.Subscription])
	if item.Ask {
		b.Attr(atom.Ask, "subscribe")
	}
	if item.Approved {
		b.Attr(atom.Approved, "true")
	}
	for _, g := range item.Groups {
		b.Start(atom.NSRoster, atom.Group).Text(g).End()
	}
}
