package link

import (
	"bytes"
	"encoding/binary"
)

// The fields in the payloads of handshake messages, LINK.md §4. A reader ignores a field it does not know from fieldOptional on,
// and refuses one below.
const (
	fieldDomain    = 0x01
	fieldStatement = 0x02
	fieldEarly     = 0x03 // in message 1: a counter and items; in message 2: whether they were taken
	fieldOptional  = 0x80
	fieldRelay     = 0x81 // in message 1, without value: the client relays a stream that begins elsewhere
	fieldRoute     = 0x82 // in message 2: the routing token for the next time
	fieldPadding   = 0x83 // in message 1, of any length: what hides the length of early data; nobody reads it
)

// maxDomain is the bytes that a domain may have: a DNS name (RFC 1035).
const maxDomain = 255

func appendField(dst []byte, kind byte, value []byte) []byte {
	return append(appendVarint(append(dst, kind), len(value)), value...)
}

// appendPadding appends a field that fills up a message, which is longer than its payload by around bytes, as the profile says. It is not ok when the message would be
// longer than most.
func (p Padding) appendPadding(payload []byte, around, most int) (padded []byte, ok bool) {
	whole := len(payload) + around
	for want := p.filled(whole); want <= most; want = p.filled(want + 1) {
		if want == whole {
			return payload, true
		}
		for head := 1 + 1; head <= 1+maxVarint; head++ {
			padded = appendField(payload, fieldPadding, make([]byte, max(0, want-whole-head)))
			if len(padded)+around == want {
				return padded, true
			}
		}
	}
	return payload, false
}

// fields returns the fields in payload that the receiver wants, each nil when it is not there. No other may be there but optional ones, and none twice.
func fields(payload []byte, want ...byte) (values [3][]byte, err error) {
	for len(payload) > 0 {
		kind := payload[0]
		size, n := varint(payload[1:])
		if n <= 0 || size > len(payload)-1-n {
			return values, errMalformed
		}
		switch i := bytes.IndexByte(want, kind); {
		case i >= 0 && values[i] == nil:
			values[i] = payload[1+n : 1+n+size]
		case kind < fieldOptional:
			return values, errMalformed
		}
		payload = payload[1+n+size:]
	}
	return values, nil
}

// hello is what a client says with its first message, or after a fallback.
type hello struct {
	domain string // empty: that of the device's account
	early  []byte // nil: none
	relay  bool
}

// helloIn returns what a client's payload says. Only with IK the domain may be missing, but not for one that relays.
func helloIn(payload []byte, pattern Pattern) (hello, error) {
	want := []byte{fieldDomain, fieldRelay, fieldEarly}
	if pattern == XX {
		want = want[:2]
	}
	v, err := fields(payload, want...)
	implied := pattern != XX && v[0] == nil && v[1] == nil
	if err != nil || !implied && !validDomain(string(v[0])) || len(v[1]) > 0 {
		return hello{}, errMalformed
	}
	return hello{domain: string(v[0]), early: v[2], relay: v[1] != nil}, nil
}

// cutCounter cuts the counter off early data: a number, seven bits a byte, the lowest first.
func cutCounter(early []byte) (counter uint64, items []byte, ok bool) {
	counter, n := binary.Uvarint(early)
	return counter, early[max(n, 0):], n > 0
}

// validDomain reports whether d can be a domain as DNS and certificates write it.
func validDomain(d string) bool {
	for _, c := range []byte(d) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(d) > 0 && len(d) <= maxDomain
}

// maxVarint is the bytes that a varint may have.
const maxVarint = 3

// appendVarint appends v, which is below 1<<21, seven bits a byte, the lowest first.
func appendVarint(dst []byte, v int) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// varint reads a varint at the start of b. It returns its bytes: 0 when b ends within it, and below 0 when it is longer than it may be.
func varint(b []byte) (v, n int) {
	for n < len(b) && n < maxVarint {
		c := b[n]
		v |= int(c&0x7F) << (7 * n)
		n++
		if c < 0x80 {
			if c == 0 && n > 1 {
				return 0, -1 // not the shortest form
			}
			return v, n
		}
	}
	if n == maxVarint {
		return 0, -1
	}
	return 0, 0
}
