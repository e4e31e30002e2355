package store

import (
	"encoding/binary"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// StreamID names a stream that can be resumed (XEP-0198 §5). It cannot be guessed: 16 random bytes.
type StreamID [16]byte

// Stream is all that is kept of a stream that can be resumed. It is three records, because they change at different times: what
// PutStream writes changes seldom, In with every stored stanza of the client, Out with what the client acknowledges.
type Stream struct {
	Account jid.JID // bare
	ID      StreamID

	Resource string
	Max      time.Duration // how long it may be without a connection; seconds are kept
	// Expires is when it ends for want of a connection, and when an ended one is forgotten. Zero: it had a connection when this was written.
	Expires time.Time
	// Ended says that it cannot be resumed any more; In is still known.
	Ended         bool
	Interested    bool // the client has asked for its roster
	Carbons       bool // the client has enabled them
	RosterVersion uint64
	Priority      int8
	Presence      []byte // the last broadcast presence, opaque to the store; empty: unavailable

	In  uint32 // stanzas of the client that are handled, modulo 2³²
	Out StreamOut
}

// StreamOut is what the client has of what it was sent.
type StreamOut struct {
	Acked   uint32 // stanzas that the client has acknowledged, modulo 2³²
	Started bool   // it is sent archived messages: Taken counts
	Taken   uint64 // the entry of the account's archive up to which it has all that it is to have
	// Complete says that nothing was sent behind Unacked: the stream was left in order. Otherwise there may be more.
	Complete bool
	// Life is the store's when Complete was written, see Store.Life.
	Life uint64
	// Unacked are the stanzas sent and not acknowledged, in their order: each its archive entry, 0 when it has none.
	Unacked []uint64
}

const (
	streamEnded      = 1 << 0
	streamInterested = 1 << 1
	streamCarbons    = 1 << 2

	outStarted  = 1 << 0
	outComplete = 1 << 1
	outLife     = 1 << 2
)

// maxUnacked bounds what a record of a stream says was not acknowledged.
const maxUnacked = 1 << 16

// Stream returns what is kept of a stream, and whether there is any.
func (r *reader) Stream(account jid.JID, id StreamID) (s Stream, ok bool, err error) {
	key := streamKey(nil, tableStream, account, id)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return s, false, err
	}
	if s, err = decodeStream(key, rec); err != nil {
		return s, false, err
	}
	key[0] = tableStreamIn
	if rec, ok, err = r.src.get(key); err == nil && ok {
		s.In, err = decodeStreamIn(key, rec)
	}
	if err != nil {
		return s, false, err
	}
	key[0] = tableStreamOut
	if rec, ok, err = r.src.get(key); err == nil && ok {
		s.Out, err = decodeStreamOut(key, rec)
	}
	return s, err == nil, err
}

// Streams calls f with each stream of the account, without In and Out, until f returns false.
func (r *reader) Streams(account jid.JID, f func(s Stream) bool) error {
	lower := accountKey(nil, tableStream, account)
	return r.src.scan(lower, prefixEnd(lower), false, func(key, rec []byte) (bool, error) {
		s, err := decodeStream(key, rec)
		return err == nil && f(s), err
	})
}

// ScanStreams calls f with streams of all accounts, without In and Out, in the order of their keys: those behind after, a key that the
// last call has returned, or nil for the first ones. It returns the key to go on behind, nil when there are no more. limit bounds the calls.
func (s *Store) ScanStreams(after []byte, limit int, f func(s Stream)) (next []byte, err error) {
	lower := []byte{tableStream}
	if after != nil {
		lower = append(append(lower[:0], after...), 0)
	}
	n := 0
	err = s.src.scan(lower, []byte{tableStream + 1}, false, func(key, rec []byte) (bool, error) {
		if n == limit {
			return false, nil
		}
		n++
		next = append(next[:0], key...)
		found, err := decodeStream(key, rec)
		if err == nil {
			f(found)
		}
		return true, err
	})
	if n < limit {
		next = nil
	}
	return next, err
}

// PutStream creates or replaces what is kept of s, but for In and Out.
func (tx *Tx) PutStream(s *Stream) error {
	if s.Account.IsZero() {
		return invalidf("a stream of nobody")
	}
	var flags byte
	for i, on := range []bool{s.Ended, s.Interested, s.Carbons} {
		if on {
			flags |= 1 << i
		}
	}
	tx.key = streamKey(tx.key[:0], tableStream, s.Account, s.ID)
	v := append(tx.val[:0], recordVersion, flags, byte(s.Priority))
	v = appendTime(v, s.Expires)
	v = appendUvarints(v, uint64(s.Max/time.Second), s.RosterVersion)
	v = appendString(v, s.Resource)
	tx.set(tx.key, append(v, s.Presence...))
	return nil
}

// SetStreamIn notes how many stanzas of the client are handled. It reads nothing and allocates nothing: it belongs into the operation that stores
// the last of them.
func (tx *Tx) SetStreamIn(account jid.JID, id StreamID, in uint32) error {
	tx.key = streamKey(tx.key[:0], tableStreamIn, account, id)
	tx.val = binary.AppendUvarint(append(tx.val[:0], recordVersion), uint64(in))
	tx.set(tx.key, tx.val)
	return nil
}

// SetStreamOut notes what the client has of what it was sent.
func (tx *Tx) SetStreamOut(account jid.JID, id StreamID, out StreamOut) error {
	if len(out.Unacked) > maxUnacked {
		return invalidf("%d stanzas not acknowledged", len(out.Unacked))
	}
	var flags byte
	if out.Started {
		flags |= outStarted
	}
	if out.Complete {
		flags |= outComplete
	}
	if out.Life != 0 {
		flags |= outLife
	}
	tx.key = streamKey(tx.key[:0], tableStreamOut, account, id)
	v := append(tx.val[:0], recordVersion, flags)
	v = appendUvarints(v, uint64(out.Acked), out.Taken, uint64(len(out.Unacked)))
	if out.Life != 0 {
		v = binary.AppendUvarint(v, out.Life)
	}
	for _, seq := range out.Unacked {
		v = binary.AppendUvarint(v, seq)
	}
	tx.set(tx.key, v)
	return nil
}

// DeleteStream forgets a stream.
func (tx *Tx) DeleteStream(account jid.JID, id StreamID) error {
	tx.key = streamKey(tx.key[:0], tableStream, account, id)
	for _, table := range [...]byte{tableStream, tableStreamIn, tableStreamOut} {
		tx.key[0] = table
		tx.delete(tx.key)
	}
	return nil
}

// DeleteStreams forgets all streams of an account: none of them can be resumed any more.
func (tx *Tx) DeleteStreams(account jid.JID) error {
	var ids []StreamID
	err := tx.Streams(account, func(s Stream) bool {
		ids = append(ids, s.ID)
		return true
	})
	for _, id := range ids {
		tx.DeleteStream(account, id)
	}
	return err
}

func decodeStream(key, rec []byte) (s Stream, err error) {
	account, rest, ok := cutAccount(key[1:])
	if !ok || len(rest) != len(s.ID) {
		return s, corruptf("not a stream's key: %x", key)
	}
	if s.Account, err = decodeAccount(account); err != nil {
		return s, err
	}
	s.ID = StreamID(rest)
	f, err := openRecord(key, rec)
	if err != nil {
		return s, err
	}
	flags := f.byte()
	s.Ended, s.Interested, s.Carbons = flags&streamEnded != 0, flags&streamInterested != 0, flags&streamCarbons != 0
	s.Priority = int8(f.byte())
	s.Expires = f.time()
	s.Max = time.Duration(uint32(f.uvarint())) * time.Second
	s.RosterVersion = f.uvarint()
	s.Resource = string(f.bytes())
	s.Presence = append([]byte(nil), f.rest()...)
	return s, f.done()
}

func decodeStreamIn(key, rec []byte) (uint32, error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return 0, err
	}
	in := f.uvarint()
	return uint32(in), f.done()
}

func decodeStreamOut(key, rec []byte) (out StreamOut, err error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return out, err
	}
	flags := f.byte()
	out.Started, out.Complete = flags&outStarted != 0, flags&outComplete != 0
	out.Acked, out.Taken = uint32(f.uvarint()), f.uvarint()
	n := f.uvarint()
	if n > maxUnacked {
		f.fail()
		n = 0
	}
	if flags&outLife != 0 {
		out.Life = f.uvarint()
	}
	for range n {
		out.Unacked = append(out.Unacked, f.uvarint())
	}
	return out, f.done()
}
