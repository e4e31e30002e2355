package load

import (
	"bytes"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// flow is one session writing to another. It belongs to their loop.
type flow struct {
	number   uint64
	from, to *session
	sender   []byte // the address that messages come from
	receiver string // the address that messages go to
	sent     uint64 // messages that were written: they have the numbers 0 to sent-1
	due      uint64 // the number of the message that must come next
	acked    uint64 // messages that the server has acked, when receivers are away
	times    times  // when those on their way were written, or should have been
}

func newFlow(number uint64, from, to *session, c *ChatConfig) *flow {
	address := c.Account(to.index)
	if c.Full {
		address = to.machine.Address()
	}
	f := &flow{number: number, from: from, to: to, receiver: address.String(), sender: []byte(from.machine.Address().String())}
	to.flow = f
	return f
}

// write writes the next message, which was due at that time.
func (f *flow) write(at time.Duration, size int) {
	f.encode(size)
	f.from.soil()
	f.times.push(at)
	f.sent++
}

// encode appends the message in the coding of the stream.
func (f *flow) encode(size int) {
	f.from.out = f.from.loop.encoder.AppendElement(f.from.out, f.message(size))
}

// message makes the next message, in the loop's builder.
func (f *flow) message(size int) codec.Element {
	l := f.from.loop
	l.expected = appendBody(l.expected[:0], f.number, f.sent, size)
	b := &l.builder
	b.Reset()
	b.Start(atom.NSClient, atom.Message).Attr(atom.Type, "chat").Attr(atom.To, f.receiver).AttrUint(atom.ID, f.sent)
	b.Start(atom.NSClient, atom.Body).TextBytes(l.expected).End()
	if l.chat.NoStore {
		b.Start(atom.NSHints, atom.NoStore).End()
	}
	return b.Element()
}

// take checks a message that the receiver of f has got, and reports whether it was one of f's, and when it was written.
func (f *flow) take(e codec.Element, l *loop) (at time.Duration, ok bool) {
	if string(e.Attr(atom.Type)) == "error" {
		l.wrong.count(&l.wrong.Refused, "flow %d: an error came: %s", f.number, e.Child(atom.NSClient, atom.Error).First().LocalName())
		return 0, false
	}
	number, err := strconv.ParseUint(string(e.Attr(atom.ID)), 10, 64)
	switch {
	case err != nil || number >= f.sent || !bytes.Equal(e.Attr(atom.From), f.sender):
		l.wrong.count(&l.wrong.Changed, "flow %d: a message with id %q came from %q", f.number, e.Attr(atom.ID), e.Attr(atom.From))
		return 0, false
	case number < f.due:
		l.wrong.count(&l.wrong.Again, "flow %d: message %d came again, or late: %d was due", f.number, number, f.due)
		return 0, false
	}
	for ; f.due < number; f.due++ {
		l.wrong.count(&l.wrong.Lost, "flow %d: message %d came where %d was due", f.number, number, f.due)
		f.times.pop()
	}
	f.due++
	l.expected = appendBody(l.expected[:0], f.number, number, l.chat.Body)
	if !bytes.Equal(e.Child(atom.NSClient, atom.Body).Text(), l.expected) {
		l.wrong.count(&l.wrong.Changed, "flow %d: message %d is not what was sent", f.number, number)
	}
	return f.times.pop(), true
}

// times is a queue of times.
type times struct {
	ring       []time.Duration // its length is a power of two
	head, size uint
}

func (t *times) push(at time.Duration) {
	if t.size == uint(len(t.ring)) {
		t.grow()
	}
	t.ring[(t.head+t.size)&uint(len(t.ring)-1)] = at
	t.size++
}

func (t *times) grow() {
	ring := make([]time.Duration, max(8, 2*len(t.ring)))
	for i := range t.size {
		ring[i] = t.ring[(t.head+i)&uint(len(t.ring)-1)]
	}
	t.ring, t.head = ring, 0
}

// pop returns the oldest time, 0 when there is none.
func (t *times) pop() time.Duration {
	if t.size == 0 {
		return 0
	}
	at := t.ring[t.head]
	t.head = (t.head + 1) & uint(len(t.ring)-1)
	t.size--
	return at
}
