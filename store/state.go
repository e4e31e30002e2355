package store

import (
	"github.com/godwit-im/godwit/xmpp/jid"
)

// counters is the durable state of an account that every write to it touches.
// The committer holds it in memory and puts it into a batch once, however many
// operations of the batch changed it.
type counters struct {
	archiveLast   uint64 // seq of the last archive entry ever
	rosterVersion uint64
	rosterFloor   uint64 // removals up to this version may be forgotten
	tombstones    uint64 // removed contacts still remembered

	archiveTrimmed uint64 // seq of the last entry that was trimmed; those behind it, up to archiveLast, are all there
	archiveBytes   uint64 // of the records of these
	archiveTime    uint64 // of the last entry ever, microseconds since 1970
	archiveFlags   uint64 // the caller's
}

func (c counters) append(dst []byte) []byte {
	dst = appendUvarints(dst, c.archiveLast, c.rosterVersion)
	dst = appendUvarints(dst, c.rosterFloor, c.tombstones)
	return appendUvarints(dst, c.archiveTrimmed, c.archiveBytes, c.archiveTime, c.archiveFlags)
}

func decodeCounters(key, rec []byte) (c counters, err error) {
	f, err := openRecord(key, rec)
	if err != nil {
		return c, err
	}
	c.archiveLast, c.rosterVersion = f.uvarint(), f.uvarint()
	c.rosterFloor, c.tombstones = f.uvarint(), f.uvarint()
	if len(f.buf) > 0 { // not in records of format 1
		c.archiveTrimmed, c.archiveBytes, c.archiveTime = f.uvarint(), f.uvarint(), f.uvarint()
		c.archiveFlags = f.uvarint()
	}
	return c, f.done()
}

func (r *reader) counters(j jid.JID) (counters, error) {
	key := accountKey(nil, tableCounters, j)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return counters{}, err
	}
	return decodeCounters(key, rec)
}

// state is what the committer caches of one account.
type state struct {
	jid     jid.JID
	account []byte // the account part of keys
	counters
	dirty         bool // counters differ from the batch
	op            uint64
	cursors       []cursor
	cursorsLoaded bool
	exists        existence
	roster        rosterSizes

	newer, older *state // list by use
}

// existence is what is known of an account's record.
type existence uint8

const (
	unknown existence = iota
	present
	absent
)

type cursor struct {
	device string
	seq    uint64
}

// states is a bounded cache, most recently used first. It may exceed its bound
// until the end of a batch: only then are states evicted, when none is dirty.
type states struct {
	max    int
	byJID  map[jid.JID]*state
	newest *state
	oldest *state
	free   *state // evicted, for reuse, linked by older
}

func (c *states) init(max int) {
	*c = states{max: max, byJID: make(map[jid.JID]*state)}
}

// get returns the cached state of the bare JID j and marks it used.
func (c *states) get(j jid.JID) *state {
	st := c.byJID[j]
	if st != nil && st != c.newest {
		c.unlink(st)
		c.pushFront(st)
	}
	return st
}

// add makes an empty state for j, which must not have one.
func (c *states) add(j jid.JID) *state {
	st := c.free
	if st == nil {
		st = new(state)
	} else {
		c.free = st.older
		*st = state{account: st.account[:0], cursors: st.cursors[:0]}
	}
	st.jid = j
	st.account = appendAccount(st.account, j)
	c.byJID[j] = st
	c.pushFront(st)
	return st
}

// trim evicts down to the bound. No state may be dirty.
func (c *states) trim() {
	for len(c.byJID) > c.max {
		st := c.oldest
		c.remove(st)
		if c.free == nil {
			c.free, st.older = st, nil
		}
	}
}

func (c *states) remove(st *state) {
	c.unlink(st)
	delete(c.byJID, st.jid)
}

func (c *states) pushFront(st *state) {
	st.newer, st.older = nil, c.newest
	if c.newest != nil {
		c.newest.newer = st
	} else {
		c.oldest = st
	}
	c.newest = st
}

func (c *states) unlink(st *state) {
	if st.newer != nil {
		st.newer.older = st.older
	} else {
		c.newest = st.older
	}
	if st.older != nil {
		st.older.newer = st.newer
	} else {
		c.oldest = st.newer
	}
	st.newer, st.older = nil, nil
}
