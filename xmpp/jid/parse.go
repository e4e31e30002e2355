package jid

import "strings"

// Parse returns the address that s is a form of. The error is an [*Error].
//
// If s is canonical ASCII the JID shares s and nothing is allocated. A caller
// whose s is a small part of a large string clones it first.
func Parse(s string) (JID, error) {
	if local, domain, ok := scan(s); ok {
		return JID{s, uint16(local), uint16(domain)}, nil
	}
	return parseSlow(s)
}

// ParseBytes is [Parse] for bytes. b is copied, not kept: one allocation if it
// is canonical ASCII.
func ParseBytes(b []byte) (JID, error) {
	if local, domain, ok := scan(b); ok {
		return JID{string(b), uint16(local), uint16(domain)}, nil
	}
	return parseSlow(string(b))
}

// MustParse is [Parse] for addresses known to be good: it panics if s is not
// one. It is meant for tests and constants.
func MustParse(s string) JID {
	j, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return j
}

// parseSlow splits before anything is mapped, because a mapping may produce '@'
// or '/' (RFC 7622 §3.1), and in the order of RFC 7622 §3.2: at the first '/',
// then at the first '@' before it.
func parseSlow(s string) (JID, error) {
	bare, resource, hasResource := strings.Cut(s, "/")
	if hasResource && resource == "" {
		return JID{}, &Error{resourcepart, ErrEmpty}
	}
	local, domain, hasLocal := strings.Cut(bare, "@")
	if !hasLocal {
		return New("", bare, resource)
	}
	if local == "" {
		return JID{}, &Error{localpart, ErrEmpty}
	}
	return New(local, domain, resource)
}

// New returns the address made of the given parts, each in any form. An empty
// local or resource means that there is none. The parts are not split: a
// domain with '@' or '/' in it is an error. The error is an [*Error].
func New(local, domain, resource string) (JID, error) {
	domain, err := enforceDomain(domain)
	if err != nil {
		return JID{}, &Error{domainpart, err}
	}
	j := JID{domain: uint16(len(domain))}
	if local != "" {
		if local, err = enforceLocal(local); err != nil {
			return JID{}, &Error{localpart, err}
		}
		j.local = uint16(len(local))
		domain = local + "@" + domain
	}
	j.s = domain
	return j.WithResource(resource)
}

// WithResource returns j's bare JID with the resourcepart r, which may be in
// any form; if r is empty, the bare JID. The error is an [*Error]. The zero JID
// cannot have a resourcepart.
func (j JID) WithResource(r string) (JID, error) {
	j = j.Bare()
	if r == "" {
		return j, nil
	}
	if j.IsZero() {
		return JID{}, &Error{domainpart, ErrEmpty}
	}
	r, err := enforceResource(r)
	if err != nil {
		return JID{}, &Error{resourcepart, err}
	}
	j.s += "/" + r
	return j, nil
}
