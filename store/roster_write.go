package store

import (
	"slices"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// PutRosterItem creates or replaces owner's item for item.JID, stamps it with
// owner's next roster version, and returns that. Hidden goes with PendingIn and
// nothing else; any other subscription state ends it.
func (tx *Tx) PutRosterItem(owner jid.JID, item RosterItem) (version uint64, err error) {
	if item.JID.IsZero() || item.Subscription > SubscriptionBoth || item.Hidden && !item.PendingIn {
		return 0, invalidf("roster item %q", item.JID)
	}
	if item.Ask || item.Approved || item.Subscription != SubscriptionNone {
		item.Hidden = false
	}
	return tx.changeRoster(owner, rosterRecord{RosterItem: item})
}

// DeleteRosterItem deletes owner's item for contact and returns owner's next
// roster version; or, if there was none, the present one.
func (tx *Tx) DeleteRosterItem(owner, contact jid.JID) (version uint64, err error) {
	if contact.IsZero() {
		return 0, invalidf("no contact")
	}
	return tx.changeRoster(owner, rosterRecord{RosterItem: RosterItem{JID: contact}, tombstone: true})
}

func (tx *Tx) changeRoster(owner jid.JID, next rosterRecord) (uint64, error) {
	st, err := tx.state(owner)
	if err != nil {
		return 0, err
	}
	old, ok, err := tx.rosterRecord(owner, next.JID)
	if err != nil {
		return 0, err
	}
	if next.tombstone && (!ok || old.tombstone) {
		return st.rosterVersion, nil
	}
	tx.change(st)
	st.rosterVersion++
	next.Version = st.rosterVersion
	if ok && old.gone {
		st.tombstones--
	}
	// What clients have seen and do not see any more is remembered as gone.
	next.gone = !next.visible() && ok && (old.visible() || old.gone)
	tx.putRoster(owner, &next)
	if ok {
		st.roster.count(&old, -1)
	}
	st.roster.count(&next, 1)
	if !next.gone {
		return next.Version, nil
	}
	st.tombstones++
	return next.Version, tx.trimTombstones(st)
}

// RosterSize is how large a part of a roster is: so many items, and the sum of their sizes.
type RosterSize struct{ Items, Bytes int }

// rosterSizes are the sizes of a roster's parts, if they are known.
type rosterSizes struct {
	contacts, requests RosterSize
	known              bool
}

// count adds rec, or with n = -1 takes it away.
func (r *rosterSizes) count(rec *rosterRecord, n int) {
	if rec.tombstone {
		return
	}
	part := &r.contacts
	if rec.Hidden {
		part = &r.requests
	}
	part.Items += n
	part.Bytes += n * rec.Size()
}

// RosterSize returns how large the part of owner's roster is that clients see, and that of the hidden items beside it. The roster is read for that only when nothing
// is known of it: whoever makes somebody's roster change again and again shall not make the committer read it each time.
func (tx *Tx) RosterSize(owner jid.JID) (contacts, requests RosterSize, err error) {
	st, err := tx.state(owner)
	if err != nil {
		return contacts, requests, err
	}
	if !st.roster.known {
		sizes := rosterSizes{known: true}
		err := tx.rosterRecords(owner, func(rec *rosterRecord) bool {
			sizes.count(rec, 1)
			return true
		})
		if err != nil {
			return contacts, requests, err
		}
		st.roster = sizes
	}
	return st.roster.contacts, st.roster.requests, nil
}

// putRoster writes a record, or deletes its key if the record says nothing.
func (tx *Tx) putRoster(owner jid.JID, rec *rosterRecord) {
	tx.key = rosterKey(tx.key[:0], owner, rec.JID)
	if rec.tombstone && !rec.gone {
		tx.delete(tx.key)
		return
	}
	tx.set(tx.key, rec.append(append(tx.val[:0], recordVersion)))
}

// trimTombstones forgets the oldest removals when there are too many, a quarter at once: to find them is to read the roster. A client
// with a version before the last forgotten one gets the whole roster.
func (tx *Tx) trimTombstones(st *state) error {
	most := uint64(tx.s.opts.RosterTombstones)
	if st.tombstones <= most {
		return nil
	}
	var gone []rosterRecord
	err := tx.rosterRecords(st.jid, func(rec *rosterRecord) bool {
		if rec.gone {
			gone = append(gone, *rec)
		}
		return true
	})
	if err != nil {
		return err
	}
	if uint64(len(gone)) < st.tombstones {
		return corruptf("roster of %q has fewer than %d tombstones", st.jid, st.tombstones)
	}
	slices.SortFunc(gone, byVersion)
	for i := range gone[:st.tombstones-(most-most/4)] {
		oldest := &gone[i]
		oldest.gone = false
		tx.putRoster(st.jid, oldest)
		st.tombstones--
		st.rosterFloor = oldest.Version
	}
	return nil
}

func (r *rosterRecord) flags() (b byte) {
	for _, f := range [...]struct {
		on  bool
		bit byte
	}{
		{r.Ask, rosterAsk}, {r.PendingIn, rosterPendingIn}, {r.Approved, rosterApproved},
		{r.Hidden, rosterHidden}, {r.tombstone, rosterTombstone}, {r.gone, rosterGone},
	} {
		if f.on {
			b |= f.bit
		}
	}
	return b
}

func (r *rosterRecord) append(dst []byte) []byte {
	dst = append(dst, r.flags(), byte(r.Subscription))
	dst = appendUvarints(dst, r.Version)
	dst = appendJID(dst, r.JID)
	dst = appendString(dst, r.Name)
	dst = appendUvarints(dst, uint64(len(r.Groups)))
	for _, g := range r.Groups {
		dst = appendString(dst, g)
	}
	return appendBytes(dst, r.Request)
}

func decodeRoster(key, rec []byte) (r rosterRecord, err error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return r, err
	}
	flags := f.byte()
	r.Ask, r.PendingIn = flags&rosterAsk != 0, flags&rosterPendingIn != 0
	r.Approved, r.Hidden = flags&rosterApproved != 0, flags&rosterHidden != 0
	r.tombstone, r.gone = flags&rosterTombstone != 0, flags&rosterGone != 0
	r.Subscription = Subscription(f.byte())
	r.Version = f.uvarint()
	r.JID = f.jid()
	r.Name = string(f.bytes())
	for n := f.uvarint(); n > 0 && !f.bad; n-- {
		r.Groups = append(r.Groups, string(f.bytes()))
	}
	if b := f.bytes(); len(b) > 0 {
		r.Request = append([]byte(nil), b...)
	}
	return r, f.done()
}
