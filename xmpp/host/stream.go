package host

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// StreamID is the store's, for those who may not import it.
type StreamID = store.StreamID

// StreamRecord is what the store keeps of a stream that can be resumed.
type StreamRecord = store.Stream

// StreamOut is the part of it that says what the client has got.
type StreamOut = store.StreamOut

// Stream is a stream that can be resumed (XEP-0198 §5), as far as those who commit what its client sends have to know it. The exported fields are fixed.
type Stream struct {
	Account jid.JID // bare
	ID      StreamID
	// Lost takes the Done of a stanza whose sender's mailbox is gone.
	Lost stream.Mailbox

	left atomic.Bool // it has no connection: its record is complete, and nothing is added to it
}

// SetLeft says whether the stream is without a connection. Any goroutine may call it.
func (s *Stream) SetLeft(left bool) { s.left.Store(left) }

// Left reports what SetLeft was told.
func (s *Stream) Left() bool { return s.left.Load() }

const (
	// MaxStreams is how many streams of an account are kept. A further one ends one without a connection.
	MaxStreams = 50
	// streamMemory is how long the count of a stream that has ended is known (XEP-0198 §5). Clients that come later send again what they
	// know not to be handled, and the store's memory for duplicates is as long.
	streamMemory = 7 * 24 * time.Hour
	// streamBatch is how many records a step of SweepStreams looks at.
	streamBatch = 1_000
)

// EnableStream makes the stream durable. It waits for the disk: call it in a job, and tell the client of the stream afterwards.
func (h *Host) EnableStream(rec StreamRecord) error {
	return h.Store.Do(context.Background(), func(tx *store.Tx) error {
		if err := makeRoomForStream(tx, rec.Account); err != nil {
			return err
		}
		if err := putStream(tx, &rec, StreamRecord{}); err != nil {
			return err
		}
		return tx.SetStreamOut(rec.Account, rec.ID, rec.Out)
	})
}

// makeRoomForStream forgets the stream of the account that would end first, if there are MaxStreams.
func makeRoomForStream(tx *store.Tx, account jid.JID) error {
	var first StreamRecord
	n := 0
	err := tx.Streams(account, func(s StreamRecord) bool {
		n++
		if first.Account.IsZero() || sooner(s, first) {
			first = s
		}
		return true
	})
	if err != nil || n < MaxStreams {
		return err
	}
	return tx.DeleteStream(account, first.ID)
}

// sooner reports whether a ends before b; one that has a connection ends last.
func sooner(a, b StreamRecord) bool {
	switch {
	case a.Ended != b.Ended:
		return a.Ended
	case a.Expires.IsZero() || b.Expires.IsZero():
		return !a.Expires.IsZero()
	}
	return a.Expires.Before(b.Expires)
}

// putStream writes rec in the place of old. The roster version that counts is the one when the client began to be interested: no later one is known to have
// reached it.
func putStream(tx *store.Tx, rec *StreamRecord, old StreamRecord) (err error) {
	rec.RosterVersion = old.RosterVersion
	if rec.Interested && !old.Interested {
		if rec.RosterVersion, err = tx.RosterVersion(rec.Account); err != nil {
			return err
		}
	}
	return tx.PutStream(rec)
}

// SaveStream notes what is new of a stream that has a connection: its presence, and whether it is interested in the roster. It does not wait.
func (h *Host) SaveStream(rec StreamRecord) {
	if err := h.Store.Submit(&saveStream{h, rec}); err != nil {
		h.Log.Warn("a stream was not kept", "jid", rec.Account.String(), "err", err)
	}
}

type saveStream struct {
	host *Host
	rec  StreamRecord
}

// Apply implements store.Op. A stream that has ended meanwhile stays so.
func (op *saveStream) Apply(tx *store.Tx) error {
	old, ok, err := tx.Stream(op.rec.Account, op.rec.ID)
	if err != nil || !ok || old.Ended {
		return err
	}
	return putStream(tx, &op.rec, old)
}

// Committed implements store.Op.
func (op *saveStream) Committed(err error) {
	if err != nil {
		op.host.Log.Warn("a stream was not kept", "jid", op.rec.Account.String(), "err", err)
	}
}

// StartStream notes that the client is sent archived messages from here on: those behind the entry that it returns, the cursor of the session's device. The stream has its
// place there before anything is read: another session may move the cursor on at once, and what is before all places may be deleted. A stream that was started stays as it is:
// a session that has lost it may come late. It waits for the disk: call it in a job, before the first page.
func (h *Host) StartStream(s *Stream, device string, acked uint32) (taken uint64, err error) {
	err = h.Store.Do(context.Background(), func(tx *store.Tx) error {
		rec, _, err := tx.Stream(s.Account, s.ID)
		if err != nil {
			return err
		}
		out := rec.Out
		if !out.Started {
			out = StreamOut{Acked: acked, Started: true}
			if out.Taken, err = tx.Cursor(s.Account, device); err != nil {
				return err
			}
		}
		trimmed, err := tx.ArchiveTrimmed(s.Account) // one that is before what there is counts for nobody
		if err != nil {
			return err
		}
		out.Taken = max(out.Taken, trimmed)
		taken = out.Taken
		return tx.SetStreamOut(s.Account, s.ID, out)
	})
	return taken, err
}

// ParkStream notes that the stream has lost its connection, and all that is known of it. It waits for the disk: call it in a job.
func (h *Host) ParkStream(rec StreamRecord) error {
	return h.Store.Do(context.Background(), func(tx *store.Tx) error {
		old, ok, err := tx.Stream(rec.Account, rec.ID)
		if err != nil || !ok || old.Ended {
			return err
		}
		if err := putStream(tx, &rec, old); err != nil {
			return err
		}
		if err := tx.SetStreamIn(rec.Account, rec.ID, later(rec.In, old.In)); err != nil {
			return err
		}
		return tx.SetStreamOut(rec.Account, rec.ID, rec.Out)
	})
}

// later returns the later of two counts, modulo 2³².
func later(a, b uint32) uint32 {
	if int32(a-b) > 0 {
		return a
	}
	return b
}

// StreamRecord returns what is kept of a stream. It reads the disk: call it in a job.
func (h *Host) StreamRecord(account jid.JID, id StreamID) (StreamRecord, bool, error) {
	return h.Store.Stream(account.Bare(), id)
}

// ResumeStream notes that the stream has a connection again, and that the client has of it what out says; in is the count of handled stanzas, if it is
// known to this process. Everything that was submitted for the stream before is durable when it returns, and counted in the record that it
// returns. ok is false when the stream has ended, and that it has, too, when the archive has lost what the client has not got: it would never hear of the gap. It waits
// for the disk: call it in a job.
func (h *Host) ResumeStream(account jid.JID, id StreamID, in uint32, known bool, out StreamOut) (rec StreamRecord, ok bool, err error) {
	err = h.Store.Do(context.Background(), func(tx *store.Tx) error {
		if rec, ok, err = tx.Stream(account, id); err != nil || !ok || rec.Ended {
			ok = false
			return err
		}
		if known {
			rec.In = later(in, rec.In)
		}
		if err := tx.SetStreamIn(account, id, rec.In); err != nil {
			return err
		}
		if trimmed, err := tx.ArchiveTrimmed(account); err != nil || out.Started && out.Taken < trimmed {
			rec.Ended, ok = true, false
			return err
		}
		rec.Expires, rec.Out = time.Time{}, out
		if err := tx.PutStream(&rec); err != nil {
			return err
		}
		return tx.SetStreamOut(account, id, out)
	})
	return rec, ok && err == nil, err
}

// ForgetStream forgets a stream that was ended in order. It waits for the disk: call it in a job.
func (h *Host) ForgetStream(s *Stream) error {
	return h.Store.Do(context.Background(), func(tx *store.Tx) error { return tx.DeleteStream(s.Account, s.ID) })
}

// EndStreams ends those streams of an account whose resource another session has taken; their counts stay known. It waits for the disk: call it in a job.
func (h *Host) EndStreams(account jid.JID, taken func(resource string) bool, now time.Time) error {
	var found []StreamRecord
	err := h.Store.Streams(account, func(s StreamRecord) bool {
		if !s.Ended && taken(s.Resource) {
			found = append(found, s)
		}
		return true
	})
	if err != nil || len(found) == 0 {
		return err
	}
	return h.Store.Do(context.Background(), func(tx *store.Tx) error {
		for i := range found {
			if err := endStream(tx, found[i], now); err != nil {
				return err
			}
		}
		return nil
	})
}

func endStream(tx *store.Tx, s StreamRecord, now time.Time) error {
	s.Ended, s.Presence, s.Expires = true, nil, now.Add(streamMemory)
	if err := tx.SetStreamOut(s.Account, s.ID, StreamOut{}); err != nil {
		return err
	}
	return tx.PutStream(&s)
}

// KeepStreams lets the streams of the account that have no connection be resumed as long as if they had lost it now.
func KeepStreams(tx *store.Tx, account jid.JID, now time.Time) error {
	var kept []StreamRecord
	err := tx.Streams(account, func(s StreamRecord) bool {
		if !s.Ended && s.Expires.After(now) {
			kept = append(kept, s)
		}
		return true
	})
	for i := 0; i < len(kept) && err == nil; i++ {
		kept[i].Expires = now.Add(kept[i].Max)
		err = tx.PutStream(&kept[i])
	}
	return err
}

// SweepStreams looks at some of the records behind after, nil for the first ones: it ends the streams that were too long without a connection, and forgets those
// that have ended long ago. live tells those that this process knows; others that look as if they had a connection had it in a process that was killed,
// and their time begins now. It returns what to go on behind, nil at the end, and waits for the disk.
func (h *Host) SweepStreams(after []byte, now time.Time, live func(StreamID) bool) (next []byte, err error) {
	var due []StreamRecord
	overdue := func(s StreamRecord) bool { return !live(s.ID) && !s.Expires.After(now) }
	next, err = h.Store.ScanStreams(after, streamBatch, func(s StreamRecord) {
		if overdue(s) {
			due = append(due, s)
		}
	})
	if err != nil || len(due) == 0 {
		return next, err
	}
	return next, h.Store.Do(context.Background(), func(tx *store.Tx) error {
		for _, s := range due {
			s, ok, err := tx.Stream(s.Account, s.ID) // it may have changed
			switch {
			case err != nil:
				return err
			case !ok, !overdue(s):
			case s.Expires.IsZero():
				s.Expires = now.Add(s.Max)
				err = tx.PutStream(&s)
			case s.Ended:
				err = tx.DeleteStream(s.Account, s.ID)
			default:
				err = endStream(tx, s, now)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
