package store

import (
	"cmp"
	"slices"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Subscription is the settled part of a subscription state (RFC 6121 §2.1.2.5).
type Subscription uint8

// The values of Subscription, as stored.
const (
	SubscriptionNone Subscription = iota
	SubscriptionTo                // the owner sees the contact's presence
	SubscriptionFrom              // the contact sees the owner's presence
	SubscriptionBoth
)

// RosterItem is what an account knows of one contact.
//
// A contact who has asked for a subscription and to whom the user has not
// reacted has an item too, for the request must survive (RFC 6121 §3.1.3), but
// that item is not in the roster: no client is told of it (RFC 6121 §A.1,
// "None + Pending In"). Such items have Hidden set; see InRoster.
type RosterItem struct {
	JID          jid.JID
	Name         string
	Groups       []string
	Subscription Subscription
	Ask          bool   // "Pending Out": the owner has asked
	PendingIn    bool   // "Pending In": the contact has asked
	Request      []byte // the contact's request, an opaque stanza
	Approved     bool   // pre-approved, RFC 6121 §3.4
	Hidden       bool   // exists only because of PendingIn
	Version      uint64 // of the roster when the item last changed; set by the store
}

// InRoster reports whether clients are told of the item.
func (i *RosterItem) InRoster() bool { return !i.Hidden }

// Size returns about how many bytes clients are told of the item, and what is kept of a request.
func (i *RosterItem) Size() int {
	const item, group = 64, 16 // what is around the words
	n := item + len(i.JID.String()) + len(i.Name) + len(i.Request)
	for _, g := range i.Groups {
		n += group + len(g)
	}
	return n
}

const (
	rosterAsk       = 1 << 0
	rosterPendingIn = 1 << 1
	rosterApproved  = 1 << 2
	rosterHidden    = 1 << 3
	rosterTombstone = 1 << 4 // no item any more
	rosterGone      = 1 << 5 // was in the roster once: clients may still have it
)

// rosterRecord is a RosterItem as stored, or the tombstone of one.
type rosterRecord struct {
	RosterItem
	tombstone bool
	gone      bool
}

// visible reports whether clients see the item now.
func (r *rosterRecord) visible() bool { return !r.tombstone && !r.Hidden }

// RosterItem returns owner's item for contact, hidden or not.
func (r *reader) RosterItem(owner, contact jid.JID) (RosterItem, bool, error) {
	rec, ok, err := r.rosterRecord(owner, contact)
	if !ok || err != nil || rec.tombstone {
		return RosterItem{}, false, err
	}
	return rec.RosterItem, true, nil
}

func (r *reader) rosterRecord(owner, contact jid.JID) (rosterRecord, bool, error) {
	key := rosterKey(nil, owner, contact)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return rosterRecord{}, false, err
	}
	item, err := decodeRoster(key, rec)
	return item, err == nil, err
}

// Roster calls f with all items of owner, hidden ones too, in the order of
// contacts, until f returns false.
func (r *reader) Roster(owner jid.JID, f func(RosterItem) bool) error {
	return r.rosterRecords(owner, func(rec *rosterRecord) bool {
		return rec.tombstone || f(rec.RosterItem)
	})
}

func (r *reader) rosterRecords(owner jid.JID, f func(*rosterRecord) bool) error {
	lower := accountKey(nil, tableRoster, owner)
	return r.src.scan(lower, prefixEnd(lower), false, func(key, rec []byte) (bool, error) {
		item, err := decodeRoster(key, rec)
		if err != nil {
			return false, err
		}
		return f(&item), nil
	})
}

// RosterVersion returns the number of owner's last roster change, 0 before the
// first.
func (r *reader) RosterVersion(owner jid.JID) (uint64, error) {
	c, err := r.counters(owner)
	return c.rosterVersion, err
}

// RosterVersion is that of Store, with the changes of this batch.
func (tx *Tx) RosterVersion(owner jid.JID) (uint64, error) {
	st, err := tx.state(owner)
	if err != nil {
		return 0, err
	}
	return st.rosterVersion, nil
}

// RosterSince calls f with what a client that has owner's roster of version ver
// must be told to have the present one: items that changed and (removed) items
// that left, in the order of their versions, each contact once, hidden items
// never (RFC 6121 §2.6.3, XEP-0237). ok is false, and f is not called, when ver
// is unknown or too old to tell; the client then needs the whole roster.
func (r *reader) RosterSince(owner jid.JID, ver uint64, f func(item RosterItem, removed bool) bool) (ok bool, err error) {
	c, err := r.counters(owner)
	if err != nil {
		return false, err
	}
	return r.rosterSince(c, owner, ver, f)
}

// RosterSince is that of Store, with the changes of this batch.
func (tx *Tx) RosterSince(owner jid.JID, ver uint64, f func(item RosterItem, removed bool) bool) (ok bool, err error) {
	st, err := tx.state(owner)
	if err != nil {
		return false, err
	}
	return tx.rosterSince(st.counters, owner, ver, f)
}

func (r *reader) rosterSince(c counters, owner jid.JID, ver uint64, f func(item RosterItem, removed bool) bool) (bool, error) {
	if ver > c.rosterVersion || ver < c.rosterFloor {
		return false, nil
	}
	var changed []rosterRecord
	if ver < c.rosterVersion {
		err := r.rosterRecords(owner, func(rec *rosterRecord) bool {
			if rec.Version > ver && (rec.visible() || rec.gone) {
				changed = append(changed, *rec)
			}
			return true
		})
		if err != nil {
			return false, err
		}
	}
	slices.SortFunc(changed, byVersion)
	for i := range changed {
		rec := &changed[i]
		if !rec.visible() {
			rec.RosterItem = RosterItem{JID: rec.JID, Version: rec.Version}
		}
		if !f(rec.RosterItem, rec.gone) {
			break
		}
	}
	return true, nil
}

func byVersion(a, b rosterRecord) int { return cmp.Compare(a.Version, b.Version) }
