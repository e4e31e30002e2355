package jid

import "slices"

// MaxPart is the greatest length of each part in bytes (RFC 7622 §3.1).
const MaxPart = 1023

// JID is a canonical XMPP address. It is a value: == compares addresses and it
// may be a map key. The zero value is no address at all; see [JID.IsZero].
//
// Any goroutine may call its methods.
type JID struct {
	// s is the canonical text. If local > 0, s[:local] is the localpart and
	// s[local] is '@'. The domain bytes that follow are the domainpart, and if
	// anything is left, it is '/' and the resourcepart. So equal text means
	// equal lengths, and == means the same address.
	s      string
	local  uint16
	domain uint16
}

// domainAt returns where the domainpart begins.
func (j JID) domainAt() int {
	if j.local == 0 {
		return 0
	}
	return int(j.local) + 1
}

// bareLen returns the length of the text without resourcepart.
func (j JID) bareLen() int { return j.domainAt() + int(j.domain) }

// Local returns the localpart, "" if there is none. The result shares j's
// string; so do Domain and Resource.
func (j JID) Local() string { return j.s[:j.local] }

// Domain returns the domainpart; it is "" only for the zero JID.
func (j JID) Domain() string { return j.s[j.domainAt():j.bareLen()] }

// Resource returns the resourcepart, "" if there is none.
func (j JID) Resource() string {
	if j.IsZero() || j.IsBare() {
		return ""
	}
	return j.s[j.bareLen()+1:]
}

// Bare returns j without its resourcepart. It does not allocate; the result
// shares j's string.
func (j JID) Bare() JID {
	j.s = j.s[:j.bareLen()]
	return j
}

// DomainJID returns the address of j's domain: no localpart, no resourcepart.
// It does not allocate; the result shares j's string.
func (j JID) DomainJID() JID { return JID{s: j.Domain(), domain: j.domain} }

// IsZero reports whether j is the zero value, which is no address.
func (j JID) IsZero() bool { return j.domain == 0 }

// IsBare reports whether j is an address without resourcepart: an account, a
// room or a domain.
func (j JID) IsBare() bool { return !j.IsZero() && len(j.s) == j.bareLen() }

// IsDomain reports whether j is a domainpart only.
func (j JID) IsDomain() bool { return !j.IsZero() && len(j.s) == int(j.domain) }

// String returns the canonical text, "" for the zero JID. It does not allocate.
func (j JID) String() string { return j.s }

// AppendTo appends the canonical text to dst and returns the longer slice. The
// text is not escaped for XML: a resourcepart may contain any of < > & ' ".
func (j JID) AppendTo(dst []byte) []byte { return append(dst, j.s...) }

// EqualBytes reports whether b is an address equal to j, in whatever form b is
// written. It allocates nothing if b is j's canonical text or any canonical
// ASCII address. The zero JID equals nothing. b is not kept.
func (j JID) EqualBytes(b []byte) bool { return EqualsAny(b, j) }

// EqualsAny reports whether b is an address equal to one of js. It is
// [JID.EqualBytes] for several of them, and parses b once at most.
func EqualsAny(b []byte, js ...JID) bool {
	for _, j := range js {
		if string(b) == j.s {
			return !j.IsZero()
		}
	}
	if _, _, ok := scan(b); ok {
		return false // canonical, and another one
	}
	other, err := ParseBytes(b)
	return err == nil && slices.Contains(js, other)
}
