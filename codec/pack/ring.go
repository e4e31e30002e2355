package pack

import (
	"bytes"
	"encoding/binary"
	"math"
)

const (
	ringSize   = 8
	ringWindow = ringSize / 2 // how many ids may be under way
)

// ring is the last ids of one direction, the oldest first: of each its length, whom it was exchanged with (the hash of the bare JID, 5 bytes), and itself as packID writes it.
type ring struct {
	b    []byte
	next uint16 // how many there were, as all of these numbers modulo 2¹⁶
	sure uint16 // of how many their sender knows that they have come
	n    uint8  // how many are kept
}

const talkSize = 5

// remember adds an id to r, and reports whether it did: there is room as long as few are under way.
func (r *ring) remember(talk uint64, id []byte, first string) bool {
	if r.next-r.sure >= ringWindow || len(id) > maxKept {
		return false
	}
	r.put(talk, id, first)
	return true
}

// put adds an id; those that cannot be referred to any more make room.
func (r *ring) put(talk uint64, id []byte, first string) {
	for r.n > 0 && (r.n == ringSize || int16(r.next-uint16(r.n)+ringWindow-r.sure) < 0) {
		r.b = r.b[:copy(r.b, r.b[1+int(r.b[0]):])]
		r.n--
	}
	r.b = slack(r.b, 1+talkSize+1+len(id), 8)
	at := len(r.b)
	r.b = append(r.b, 0, byte(talk), byte(talk>>8), byte(talk>>16), byte(talk>>24), byte(talk>>32))
	r.b = packID(r.b, id, first)
	r.b[at] = byte(len(r.b) - at - 1)
	r.n++
	r.next++
}

// entries finds those that may be referred to when the first so many do, the last one first.
func (r *ring) entries(last uint16, all *[ringWindow][]byte) (n int) {
	b := r.b
	for i := r.next - uint16(r.n); i != r.next; i++ {
		size := 1 + int(b[0])
		if last-i-1 < ringWindow {
			all[last-i-1] = b[1:size]
			n = max(n, int(last-i))
		}
		b = b[size:]
	}
	return n
}

func isTalk(entry []byte, talk uint64) bool {
	return len(entry) > talkSize && uint64(binary.LittleEndian.Uint32(entry))|uint64(entry[4])<<32 == talk
}

// place says where an id of that talk, which is packed, is among those that the other end has sent, so that this end, who has heard them, and that end mean the same even while more are
// under way: below ringWindow, how many came after it of those that are known to have come; from there on, how many came before it of the others.
func (r *ring) place(talk uint64, id []byte) (n int, ok bool) {
	if n, ok = r.rank(r.sure, talk, id); ok {
		return n, true
	}
	var all [ringWindow][]byte
	n = ringWindow
	for _, entry := range all[:r.later(&all)] {
		if !isTalk(entry, talk) {
			continue
		}
		if bytes.Equal(entry[talkSize:], id) {
			return n, true
		}
		n++
	}
	return 0, false
}

// placed is the reverse of place.
func (r *ring) placed(talk uint64, n int) []byte {
	if n < ringWindow {
		return r.at(r.sure, talk, n)
	}
	var all [ringWindow][]byte
	for _, entry := range all[:r.later(&all)] {
		if !isTalk(entry, talk) {
			continue
		}
		if n == ringWindow {
			return entry[talkSize:]
		}
		n--
	}
	return nil
}

// later finds those of which it is not known that they have come, the first one first.
func (r *ring) later(all *[ringWindow][]byte) (n int) {
	b := r.b
	for i := r.next - uint16(r.n); i != r.next; i++ {
		size := 1 + int(b[0])
		if i-r.sure < ringWindow {
			all[i-r.sure] = b[1:size]
			n = max(n, int(i-r.sure)+1)
		}
		b = b[size:]
	}
	return n
}

// rank returns how many ids of that talk, which may be referred to, came after this one, which is packed.
func (r *ring) rank(last uint16, talk uint64, id []byte) (n int, ok bool) {
	var all [ringWindow][]byte
	for _, entry := range all[:r.entries(last, &all)] {
		if !isTalk(entry, talk) {
			continue
		}
		if bytes.Equal(entry[talkSize:], id) {
			return n, true
		}
		n++
	}
	return 0, false
}

// at is the reverse of rank.
func (r *ring) at(last uint16, talk uint64, n int) []byte {
	var all [ringWindow][]byte
	for _, entry := range all[:r.entries(last, &all)] {
		if !isTalk(entry, talk) {
			continue
		}
		if n == 0 {
			return entry[talkSize:]
		}
		n--
	}
	return nil
}

// The forms in which ids are kept.
const (
	idPlain = iota
	idUUID
	idUUIDUpper
	idNumbered // with the first stem of the account
)

// packID appends an id in a shorter form.
func packID(dst, id []byte, first string) []byte {
	if len(id) == 36 {
		switch uuidKind(id) {
		case kindUUID:
			return appendUnhex(append(dst, idUUID), id)
		case kindUUIDUpper:
			return appendUnhex(append(dst, idUUIDUpper), id)
		}
	}
	if len(first) > 0 && len(id) > len(first) && string(id[:len(first)]) == first {
		if n, ok := number(id[len(first):]); ok && n <= math.MaxUint32 {
			return binary.LittleEndian.AppendUint32(append(dst, idNumbered), uint32(n))
		}
	}
	return append(append(dst, idPlain), id...)
}

// appendUnhex appends the bytes of a UUID.
func appendUnhex(dst, id []byte) []byte {
	for i := 0; i < len(id); i += 2 {
		if id[i] == '-' {
			i++
		}
		dst = append(dst, unhex(id[i])<<4|unhex(id[i+1]))
	}
	return dst
}

// unpackID appends an id that packID has packed.
func unpackID(dst, p []byte, first string) []byte {
	switch p[0] {
	case idNumbered:
		return appendDecimal(append(dst, first...), uint64(binary.LittleEndian.Uint32(p[1:])))
	case idPlain:
		return append(dst, p[1:]...)
	}
	digits := hexLower
	if p[0] == idUUIDUpper {
		digits = hexUpper
	}
	return appendUUID(dst, p[1:], digits)
}

// appendUUID appends a UUID of those bytes.
func appendUUID(dst, p []byte, digits string) []byte {
	for i, c := range p {
		switch i {
		case 4, 6, 8, 10:
			dst = append(dst, '-')
		}
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}
