package jid

// The fast path: one pass that recognises canonical ASCII. What it accepts is
// a subset of what the slow path accepts, unchanged by it; FuzzParse compares
// the two.

// Classes of bytes, for the table below.
const (
	inLocal    = 1 << iota // canonical in a localpart
	inDomain               // canonical in a domainpart: NR-LDH, lower case, and the dot
	inResource             // canonical in a resourcepart
)

// class gives for each byte the parts it may stand in. Bytes from 0x80 are in
// none: they need the slow path.
var class = func() (t [256]uint8) {
	for c := byte(' '); c <= '~'; c++ {
		t[c] = inResource // RFC 8264 §4.3: FreeformClass has ASCII and spaces
		if c > ' ' && !('A' <= c && c <= 'Z') && !excluded(c) {
			t[c] |= inLocal
		}
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' {
			t[c] |= inDomain
		}
	}
	return t
}()

// excluded reports whether c is one of the characters that a localpart must not
// have though PRECIS allows them (RFC 7622 §3.3.1).
func excluded(c byte) bool {
	switch c {
	case '"', '&', '\'', '/', ':', '<', '>', '@':
		return true
	}
	return false
}

// scan reports whether s is a canonical ASCII address, and if so the lengths of
// its localpart (0: none) and domainpart. False means only "not known to be".
func scan[T string | []byte](s T) (local, domain int, ok bool) {
	start := 0
	if n := run(s, 0, inLocal); n > 0 && n < len(s) && s[n] == '@' {
		local, start = n, n+1
	}
	end, ok := scanDomain(s, start)
	if !ok || local > MaxPart || end-start > MaxPart {
		return 0, 0, false
	}
	if end < len(s) && (s[end] != '/' || !plain(s, end+1, inResource)) {
		return 0, 0, false
	}
	return local, end - start, true
}

// plain reports whether s[from:] is not empty, not too long, and has only bytes
// of class c.
func plain[T string | []byte](s T, from int, c uint8) bool {
	n := len(s) - from
	return 0 < n && n <= MaxPart && run(s, from, c) == len(s)
}

// run returns the end of the longest run of bytes of class c from i on.
func run[T string | []byte](s T, i int, c uint8) int {
	for i < len(s) && class[s[i]]&c != 0 {
		i++
	}
	return i
}

// scanDomain returns the end of the run of domain bytes from start on, and
// whether that run is a canonical domainpart, but for its length.
func scanDomain[T string | []byte](s T, start int) (end int, ok bool) {
	label := start
	for end = start; end < len(s) && class[s[end]]&inDomain != 0; end++ {
		if s[end] == '.' {
			if !plainLabel(s, label, end) {
				return end, false
			}
			label = end + 1
		}
	}
	return end, plainLabel(s, label, end)
}

// plainLabel reports whether s[from:to], which has only domain bytes, is a label
// by its hyphens: none at the edges, and no A-label, which has to be converted
// (RFC 7622 §3.2.1).
func plainLabel[T string | []byte](s T, from, to int) bool {
	if from == to || s[from] == '-' || s[to-1] == '-' {
		return false
	}
	return to-from < 4 || s[from] != 'x' || s[from+1] != 'n' || s[from+2] != '-' || s[from+3] != '-'
}
