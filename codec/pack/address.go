package pack

// The first byte of an address as it is kept.
const (
	addressLocal  = 1 << iota // it has a local part
	addressWord               // the domain is a string of the model
	addressHost               // or that of the handshake
	addressParts  = iota      // above these bits is the form of the resource
	resourceNone  = 0
	resourcePlain = 1
	resourceWord  = 2 // a string of the model
	resourceUUID  = 3
	resourceJoin  = 4 // a string of the model, and what is behind it
)

// packAddress appends an address of at most maxKept bytes, in the form in which it is kept.
func (m *model) packAddress(dst, jid []byte, host string) []byte {
	bare := bareOf(jid)
	at, domain := len(dst), bare
	dst = append(dst, 0)
	for i, c := range bare {
		if c == '@' {
			dst[at] |= addressLocal
			dst = append(append(dst, byte(i)), bare[:i]...)
			domain = bare[i+1:]
			break
		}
	}
	if n, ok := m.valueOf(domain); string(domain) == host {
		dst[at] |= addressHost
	} else if ok {
		dst[at] |= addressWord
		dst = append(dst, byte(n), byte(n>>8))
	} else {
		dst = append(append(dst, byte(len(domain))), domain...)
	}
	if len(bare) == len(jid) {
		return dst
	}
	form, dst := m.packResource(dst, jid[len(bare)+1:])
	dst[at] |= form << addressParts
	return dst
}

func (m *model) packResource(dst, v []byte) (form byte, _ []byte) {
	if n, ok := m.valueOf(v); ok {
		return resourceWord, append(dst, byte(n), byte(n>>8))
	}
	if len(v) == 36 && uuidKind(v) == kindUUID {
		return resourceUUID, appendUnhex(dst, v)
	}
	for i := range v {
		if joins(v, i) {
			if n, ok := m.valueOf(v[:i+1]); ok {
				return resourceJoin, append(append(dst, byte(n), byte(n>>8)), v[i+1:]...)
			}
		}
	}
	return resourcePlain, append(dst, v...)
}

// isPackedBare reports whether a packed address is a bare JID.
func isPackedBare(p []byte) bool { return p[0]>>addressParts == resourceNone }

// unpackAddress appends the address that packAddress has made p of.
func (m *model) unpackAddress(dst, p []byte, host string) []byte {
	head, p := p[0], p[1:]
	if head&addressLocal != 0 {
		n := 1 + int(p[0])
		dst = append(append(dst, p[1:n]...), '@')
		p = p[n:]
	}
	switch {
	case head&addressHost != 0:
		dst = append(dst, host...)
	case head&addressWord != 0:
		dst = append(dst, m.kept(p)...)
		p = p[2:]
	default:
		n := 1 + int(p[0])
		dst = append(dst, p[1:n]...)
		p = p[n:]
	}
	switch head >> addressParts {
	case resourceNone:
	case resourcePlain:
		dst = append(append(dst, '/'), p...)
	case resourceWord:
		dst = append(append(dst, '/'), m.kept(p)...)
	case resourceUUID:
		dst = appendUUID(append(dst, '/'), p, hexLower)
	case resourceJoin:
		dst = append(append(append(dst, '/'), m.kept(p)...), p[2:]...)
	}
	return dst
}

// kept returns the string of the model whose number p begins with.
func (m *model) kept(p []byte) []byte { return m.strings[int(p[0])|int(p[1])<<8-len(words)] }

// packAddress returns an address as it is kept, until the next one.
func (d *Decoder) packAddress(jid []byte) []byte {
	d.raws = d.m.packAddress(d.raws[:0], jid, d.s.host)
	return d.raws
}
