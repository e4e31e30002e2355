package client

import "encoding/binary"

// idQueue is a queue of stanza ids in one piece of memory: pushing and popping allocate nothing once it has grown. 0 ≤ head ≤ len(buf);
// buf[head:] holds n ids, each behind its length as a varint.
type idQueue struct {
	buf  []byte
	head int
	n    int
}

// push appends a copy of id.
func (q *idQueue) push(id []byte) {
	if q.n == 0 {
		q.buf, q.head = q.buf[:0], 0
	}
	if q.head > 0 && len(q.buf)+len(id)+binary.MaxVarintLen32 > cap(q.buf) {
		q.buf = q.buf[:copy(q.buf, q.buf[q.head:])]
		q.head = 0
	}
	q.buf = binary.AppendUvarint(q.buf, uint64(len(id)))
	q.buf = append(q.buf, id...)
	q.n++
}

// pop returns the oldest id, valid until the next push. The queue must not be empty.
func (q *idQueue) pop() []byte {
	id, next := q.at(q.head)
	q.head = next
	q.n--
	return id
}

// at returns the id whose length is at off, and where the next begins.
func (q *idQueue) at(off int) (id []byte, next int) {
	n, size := binary.Uvarint(q.buf[off:])
	next = off + size + int(n)
	return q.buf[off+size : next], next
}

// each calls f for every id, oldest first.
func (q *idQueue) each(f func(id []byte)) {
	for off := q.head; off < len(q.buf); {
		id, next := q.at(off)
		f(id)
		off = next
	}
}
