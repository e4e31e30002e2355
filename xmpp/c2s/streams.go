package c2s

import (
	"container/list"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// StreamsConfig bounds streams that can be resumed. Zero fields have the defaults that are named.
type StreamsConfig struct {
	Max        time.Duration // how long a stream may be without a connection at most; a client may ask for less; 24 h
	Grace      time.Duration // how long it is kept in memory then, with its presence, unless the client has asked for less; 5 min
	Parked     int           // how many streams without a connection are kept in memory; 10,000
	AckTimeout time.Duration // how long a client may take to answer an <r/> before its connection counts as dead; 30 s
	Location   string        // where clients should connect to resume (XEP-0198 §5), "host:port"; empty: where they were
}

// DefaultMax is StreamsConfig.Max unless it is set.
const DefaultMax = 24 * time.Hour

// Streams are the streams of a process that can be resumed: those with a connection, and those that have lost it a short while ago. The others are only
// records in the store. All listeners share one. Its methods may be called from any goroutine.
type Streams struct {
	StreamsConfig

	// turns are held by who gives a stream to a session or takes it away, which waits for the disk. The locks of a resumable are held shortly, within.
	turns [64]sync.Mutex

	mu      sync.Mutex
	known   map[host.StreamID]*resumable
	waiting list.List // those without a session, the one that lost it first in front; resumable.since and place belong to it

	sweep struct { // of the records
		sync.Mutex
		began time.Time
		after []byte
	}
}

// NewStreams returns a Streams without streams.
func NewStreams(c StreamsConfig) *Streams {
	for _, d := range []struct {
		v       *time.Duration
		instead time.Duration
	}{{&c.Max, DefaultMax}, {&c.Grace, 5 * time.Minute}, {&c.AckTimeout, 30 * time.Second}} {
		if *d.v == 0 {
			*d.v = d.instead
		}
	}
	if c.Parked == 0 {
		c.Parked = 10_000
	}
	return &Streams{StreamsConfig: c, known: make(map[host.StreamID]*resumable)}
}

// turn is the lock of those who give or take the stream.
func (ss *Streams) turn(id host.StreamID) *sync.Mutex { return &ss.turns[id[0]%uint8(len(ss.turns))] }

// find returns the account's stream of that id, nil when it is not in memory.
func (ss *Streams) find(account jid.JID, id host.StreamID) *resumable {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if r := ss.known[id]; r != nil && r.Account == account {
		return r
	}
	return nil
}

// live reports whether the stream is in memory.
func (ss *Streams) live(id host.StreamID) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.known[id] != nil
}

// add notes a stream that has a session.
func (ss *Streams) add(r *resumable) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.known[r.ID] = r
	ss.unwait(r)
}

// wait notes a stream that has none from now on; the zero time: since the next Sweep.
func (ss *Streams) wait(r *resumable, now time.Time) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.known[r.ID] = r
	ss.unwait(r)
	r.since, r.place = now, ss.waiting.PushBack(r)
}

// unwait takes r from those that wait. The caller holds mu.
func (ss *Streams) unwait(r *resumable) {
	if r.place != nil {
		ss.waiting.Remove(r.place)
		r.place = nil
	}
}

// surplus returns the stream that has been without a connection the longest, and since when, when there are too many; nil: there are not, or those are being resumed.
func (ss *Streams) surplus() (r *resumable, since time.Time) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for at, n := ss.waiting.Front(), ss.waiting.Len()-ss.Parked; n > 0; at, n = at.Next(), n-1 {
		if r := at.Value.(*resumable); !r.claimed.Load() {
			return r, r.since
		}
	}
	return nil, time.Time{}
}

// shrink takes those out of the memory that are too many. The caller holds no turn.
func (ss *Streams) shrink() {
	for r, since := ss.surplus(); r != nil; r, since = ss.surplus() {
		turn := ss.turn(r.ID)
		turn.Lock()
		ss.leave(r, since) // its own job may not have come to that
		ss.evict(r)
		turn.Unlock()
	}
}

// drop forgets a stream.
func (ss *Streams) drop(r *resumable) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.unwait(r)
	if ss.known[r.ID] == r {
		delete(ss.known, r.ID)
	}
}

// Len returns how many streams are in memory, and how many of them have no connection.
func (ss *Streams) Len() (known, waiting int) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return len(ss.known), ss.waiting.Len()
}

const (
	// claimTime is how long a session that resumes a stream has to take it over; its connection may be lost meanwhile.
	claimTime = 10 * time.Second
	// sweepEvery is how often all records are looked at, in steps.
	sweepEvery = time.Minute
)

// Sweep does what is due: streams that were without a connection for a while leave the memory, and records end. It waits for the disk, and is to be called about once a
// second.
func (ss *Streams) Sweep(now time.Time, hosts host.Hosts) {
	for _, r := range ss.due(now) {
		ss.settle(r, now)
	}
	ss.shrink()
	ss.sweepRecords(now, hosts)
}

func (ss *Streams) due(now time.Time) (due []*resumable) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for at := ss.waiting.Front(); at != nil; at = at.Next() {
		r := at.Value.(*resumable)
		if r.since.IsZero() {
			r.since = now
		}
		most := min(ss.Grace, r.max)
		if r.claimed.Load() {
			most = claimTime
		}
		if now.Sub(r.since) >= most || r.box.ended() {
			due = append(due, r)
		}
	}
	return due
}

// expired reports whether a stream in memory was without a connection for longer than its client was told (XEP-0198 §5), and since when.
func (ss *Streams) expired(r *resumable, now time.Time) (since time.Time, over bool) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return r.since, r.place != nil && !r.since.IsZero() && now.Sub(r.since) >= r.max
}

// settle makes a stream dormant whose grace is over, and takes one back that a session has claimed and not fetched.
func (ss *Streams) settle(r *resumable, now time.Time) {
	turn := ss.turn(r.ID)
	turn.Lock()
	defer turn.Unlock()
	if r.unclaim() {
		ss.leave(r, now)
		return
	}
	ss.evict(r)
}

// sweepRecords goes on with the look at all records, or begins one.
func (ss *Streams) sweepRecords(now time.Time, hosts host.Hosts) {
	ss.sweep.Lock()
	defer ss.sweep.Unlock()
	if ss.sweep.after == nil && now.Sub(ss.sweep.began) < sweepEvery {
		return
	}
	if ss.sweep.after == nil {
		ss.sweep.began = now
	}
	for _, h := range hosts { // they share the store
		next, err := h.SweepStreams(ss.sweep.after, now, ss.live)
		if err != nil {
			h.Log.Warn("looking after the streams failed", "err", err)
		}
		ss.sweep.after = next
		return
	}
}
