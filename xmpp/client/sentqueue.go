package client

import (
	"encoding/binary"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// sentQueue is a queue of stanzas that were sent, in one piece of memory: pushing and popping allocate nothing once it has grown. It keeps their ids,
// and with keep also what they were. 0 ≤ head ≤ len(buf); buf[head:] holds n entries: the id behind its length as a varint and, with keep, the time of
// sending (8 bytes, ms since 1970) and the stanza as XML behind its length (4 bytes), both little-endian.
type sentQueue struct {
	buf  []byte
	head int
	n    int
	keep bool // does not change while n > 0
}

// keptQueue is the capacity up to which an empty queue keeps its memory.
const keptQueue = 1 << 16

// sentStanza is an entry of a sentQueue. Its slices are valid until the next push.
type sentStanza struct {
	id   []byte // empty for a stanza that is not reported
	at   time.Time
	text []byte // XML, empty for a stanza that is not kept
}

// push appends an entry with a copy of id, and of e with keep.
func (q *sentQueue) push(at time.Time, id []byte, e codec.Element) {
	q.begin(at, id)
	if q.keep {
		start := len(q.buf)
		if !e.IsZero() {
			q.buf = xmltext.Encoder{}.AppendElement(q.buf, e)
		}
		q.end(start)
	}
}

// pushText is push for a stanza that is XML already, in pieces.
func (q *sentQueue) pushText(at time.Time, id []byte, pieces ...[]byte) {
	q.begin(at, id)
	if q.keep {
		start := len(q.buf)
		for _, p := range pieces {
			q.buf = append(q.buf, p...)
		}
		q.end(start)
	}
}

// begin appends what comes before the stanza. What was popped is overwritten when it is more than what is left.
func (q *sentQueue) begin(at time.Time, id []byte) {
	if 2*q.head > len(q.buf) {
		q.buf = q.buf[:copy(q.buf, q.buf[q.head:])]
		q.head = 0
	}
	q.n++
	q.buf = binary.AppendUvarint(q.buf, uint64(len(id)))
	q.buf = append(q.buf, id...)
	if q.keep {
		q.buf = binary.LittleEndian.AppendUint64(q.buf, uint64(at.UnixMilli()))
		q.buf = binary.LittleEndian.AppendUint32(q.buf, 0)
	}
}

// end notes the length of the stanza that begins at start.
func (q *sentQueue) end(start int) {
	binary.LittleEndian.PutUint32(q.buf[start-4:], uint32(len(q.buf)-start))
}

// pop returns the oldest entry, valid until the next push. The queue must not be empty.
func (q *sentQueue) pop() sentStanza {
	s, next := q.at(q.head)
	q.head = next
	if q.n--; q.n == 0 {
		q.head = 0
		if q.buf = q.buf[:0]; cap(q.buf) > keptQueue {
			q.buf = nil
		}
	}
	return s
}

// at returns the entry at off, and where the next begins.
func (q *sentQueue) at(off int) (s sentStanza, next int) {
	n, size := binary.Uvarint(q.buf[off:])
	next = off + size + int(n)
	s.id = q.buf[off+size : next]
	if q.keep {
		s.at = time.UnixMilli(int64(binary.LittleEndian.Uint64(q.buf[next:])))
		start := next + 12
		next = start + int(binary.LittleEndian.Uint32(q.buf[next+8:]))
		s.text = q.buf[start:next]
	}
	return s, next
}

// each calls f for every entry, oldest first.
func (q *sentQueue) each(f func(s sentStanza)) {
	for off := q.head; off < len(q.buf); {
		s, next := q.at(off)
		f(s)
		off = next
	}
}

// size returns how many bytes the entries take.
func (q *sentQueue) size() int { return len(q.buf) - q.head }
