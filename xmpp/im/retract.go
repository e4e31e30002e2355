package im

import (
	"bytes"
	"context"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// retractDepth is how many messages with the other party are looked through for one that is retracted.
const retractDepth = 1_000

// retraction is a message that takes an earlier one back (XEP-0424 §3).
type retraction struct {
	from, to jid.JID
	id       []byte // of the retraction, nil when it has none: then there is nothing for a tombstone to say
	target   []byte // the 'id' of the message that is retracted
	now      time.Time
}

// retractionOf returns the retraction that e is, and whether it is one.
func retractionOf(s *host.Sender, e codec.Element, to jid.JID) (r retraction, ok bool) {
	target, id := e.Child(atom.NSRetract, atom.Retract).Attr(atom.ID), e.Attr(atom.ID)
	if len(target) == 0 || len(id) == 0 {
		return r, false
	}
	return retraction{s.Session.JID, to, bytes.Clone(id), bytes.Clone(target), s.Now}, true
}

// retract puts tombstones (XEP-0424 §4) into both archives, once the retraction is in them. Should the server end before, then the message stays: clients
// still learn from the archive that it is retracted.
func (im *IM) retract(s *host.Sender, r retraction) {
	s.Out.Do(func() any {
		im.flush()
		im.bury(r, r.to.Bare(), r.from.Bare())
		if r.to.Bare() != r.from.Bare() {
			im.bury(r, r.from.Bare(), r.to.Bare())
		}
		return nil
	})
}

// bury replaces the message in one archive, where it is one with that party. Only its sender may have it retracted (§5).
func (im *IM) bury(r retraction, account, with jid.JID) {
	b := im.bench()
	defer b.putAway()
	var tombstone []byte
	var at uint64
	var flags uint8
	q := store.ArchiveQuery{With: with, Backward: true, Max: 1, MaxScan: retractDepth / 10} // ten times as many when it is not found
	q.Match = func(seq uint64, e *store.Entry) bool {
		if e.From.Bare() != r.from.Bare() {
			return false
		}
		stored, err := b.open(e.Stanza)
		return err == nil && string(stored.Attr(atom.ID)) == string(r.target) && stored.Child(atom.NSRetract, atom.Retract).IsZero() && !retracted(stored)
	}
	_, err := im.store.QueryArchive(account, q, func(seq uint64, e store.Entry) bool {
		at, flags = seq, e.Flags
		tombstone = b.keep(b.tombstone(b.tree.Root(), r))
		return true
	})
	if err == nil && tombstone != nil {
		err = im.store.Do(context.Background(), func(tx *store.Tx) error {
			if ok, err := im.exists(tx, r.from); err != nil || !ok { // then the retraction was refused
				return err
			}
			_, err := tx.ReplaceStanza(account, at, tombstone, flags)
			return err
		})
	}
	if err != nil {
		im.host.Log.Error("retracting a message failed", "jid", account.String(), "err", err)
	}
}

const retractedName = "retracted"

// retracted reports whether a message is a tombstone.
func retracted(e codec.Element) bool {
	for c := range e.Children() {
		if c.NS() == atom.NSRetract && string(c.LocalName()) == retractedName {
			return true
		}
	}
	return false
}

// tombstone builds what is left of a message: its addresses, type and ids, and that it is retracted.
func (b *bench) tombstone(stored codec.Element, r retraction) codec.Element {
	e := b.build().Start(atom.NSClient, atom.Message)
	for _, a := range []atom.Atom{atom.From, atom.ID, atom.To, atom.Type} {
		e.AttrBytes(a, stored.Attr(a))
	}
	if origin := stanza.OriginID(stored); origin != nil {
		e.Start(atom.NSStanzaID, atom.OriginID).AttrBytes(atom.ID, origin).End()
	}
	e.StartNS(atom.NSRetract.String(), retractedName).AttrBytes(atom.ID, r.id)
	return e.Attr(atom.Stamp, r.now.UTC().Format(stampFormat)).Element()
}
