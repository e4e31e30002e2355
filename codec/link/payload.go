package link

// The fields in the payloads of handshake messages, LINK.md §4. A reader ignores a field it does not know from fieldOptional on,
// and refuses one below.
const (
	fieldDomain    = 0x01
	fieldStatement = 0x02
	fieldOptional  = 0x80
)

// maxDomain is the bytes that a domain may have: a DNS name (RFC 1035).
const maxDomain = 255

func appendField(dst []byte, kind byte, value []byte) []byte {
	return append(appendVarint(append(dst, kind), len(value)), value...)
}

// field returns the one field in payload that the receiver wants, nil when it is not there.
func field(payload []byte, want byte) (value []byte, err error) {
	for len(payload) > 0 {
		kind := payload[0]
		size, n := varint(payload[1:])
		if n <= 0 || size > len(payload)-1-n {
			return nil, errMalformed
		}
		body := payload[1+n : 1+n+size]
		switch {
		case kind == want && value == nil:
			value = body
		case kind < fieldOptional:
			return nil, errMalformed
		}
		payload = payload[1+n+size:]
	}
	return value, nil
}

// domainIn returns the domain that a client's payload names.
func domainIn(payload []byte) (string, error) {
	d, err := field(payload, fieldDomain)
	if err != nil || !validDomain(string(d)) {
		return "", errMalformed
	}
	return string(d), nil
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
