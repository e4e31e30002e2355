package jid

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
)

// maxALabel is the length limit of a label in DNS, which an internationalised
// label has to keep in its ASCII form (RFC 5890 §2.3.2.1).
const maxALabel = 63

// idn maps (UTS #46: lower case, width, NFC, dots), turns A-labels into
// U-labels, and checks that ASCII is letters, digits and hyphens, the joiners,
// and the Bidi rule of RFC 5893. Hyphens are checked here, label by label.
var idn = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.CheckHyphens(false))

// pvalid tells the code points that RFC 5892 allows in a U-label: they are those
// of the PRECIS IdentifierClass (RFC 8264 §4.2) that survive the mapping.
var pvalid = precis.NewIdentifier()

// enforceDomain returns the canonical form of a domainpart (RFC 7622 §3.2).
func enforceDomain(s string) (string, error) {
	s = trimDot(s) // before any other step
	if s == "" {
		return "", ErrEmpty
	}
	if end, ok := scanDomain(s, 0); ok && end == len(s) && end <= MaxPart {
		return s, nil
	}
	if s[0] == '[' {
		return enforceIPLiteral(s)
	}
	return enforce(s, mapDomain)
}

// trimDot returns s without its final dot, which may be one of those that map to
// a dot (RFC 5895 §2).
func trimDot(s string) string {
	for _, dot := range []string{".", "\u3002", "\uff0e", "\uff61"} {
		if cut, ok := strings.CutSuffix(s, dot); ok {
			return cut
		}
	}
	return s
}

// mapDomain converts s to U-labels once and checks them.
func mapDomain(s string) (string, error) {
	s, err := idn.ToUnicode(s)
	if err != nil {
		return "", ErrInvalid
	}
	for label := range strings.SplitSeq(s, ".") {
		if !validLabel(label) {
			return "", ErrInvalid
		}
	}
	return s, nil
}

// validLabel reports whether a mapped label is an NR-LDH label or a U-label.
func validLabel(s string) bool {
	if end, ok := scanDomain(s, 0); ok && end == len(s) {
		return true
	}
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 && validULabel(s)
}

// validULabel reports whether s, which has characters beyond ASCII, is a U-label
// (RFC 5891 §4.2).
func validULabel(s string) bool {
	if s[0] == '-' || s[len(s)-1] == '-' || len(s) > 4 && s[2:4] == "--" {
		return false
	}
	if mapped, err := pvalid.String(s); err != nil || mapped != s {
		return false
	}
	ascii, err := idna.Punycode.ToASCII(s)
	return err == nil && len(ascii) <= maxALabel
}

// enforceIPLiteral returns the RFC 5952 form of an IPv6 address in brackets,
// with its zone as RFC 6874 writes it, if it has one. (An IPv4 address needs
// nothing: it has the form of a host name.)
func enforceIPLiteral(s string) (string, error) {
	addr, ok := strings.CutSuffix(s[1:], "]")
	if !ok {
		return "", ErrInvalid
	}
	addr, zone, hasZone := strings.Cut(addr, "%25")
	if hasZone && !validZone(zone) {
		return "", ErrInvalid
	}
	ip, err := netip.ParseAddr(addr)
	if err != nil || !ip.Is6() || ip.Zone() != "" {
		return "", ErrInvalid
	}
	if hasZone {
		zone = "%25" + zone
	}
	s = "[" + ip.String() + zone + "]"
	if len(s) > MaxPart {
		return "", ErrTooLong
	}
	return s, nil
}

// validZone reports whether z is a ZoneID of unreserved characters
// (RFC 6874). Percent-encoded ones are refused: no interface needs them.
func validZone(z string) bool {
	return z != "" && !strings.ContainsFunc(z, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~", r))
	})
}
