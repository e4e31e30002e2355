package atom

import "math/bits"

// Names of elements and attributes are looked up for every tag, so they have tables of their own in which every name that is in the table of words is at its
// first place: gen.go has tried multipliers until it found one for each.

// nameBits is for how many places a table of names has room.
const nameBits = 14

var (
	shortNames [1 << nameBits]Atom
	longNames  [1 << nameBits]Atom
	nameKeys   [2048]struct{ first, last uint64 } // by Atom: first is zero for what is no name; last of names of over eight bytes
	nameLens   [2048]uint8
)

const _ = uint(len(nameKeys) - int(Count)) // there is room for every Atom

func init() {
	for a := Atom(1); a < Count; a++ {
		w := words[a]
		if !isName(w) || len(w) > 16 {
			continue
		}
		table, i := &shortNames, uint64(0)
		k := &nameKeys[a]
		if len(w) <= 8 {
			k.first = key(w)
			i = k.first * shortNameMul >> (64 - nameBits)
		} else {
			k.first, k.last = load64(w), load64(w[len(w)-8:])
			table, i = &longNames, longPlace(k.first, k.last)
		}
		if table[i] != Unknown {
			panic("atom: " + w + " and " + words[table[i]] + " share a place; run go generate")
		}
		table[i], nameLens[a] = a, uint8(len(w))
	}
}

func longPlace(first, last uint64) uint64 {
	return (first ^ bits.RotateLeft64(last, 29)) * longNameMul >> (64 - nameBits)
}

// isName reports whether w is a name of XML, without colon, in ASCII.
func isName(w string) bool {
	for i := range len(w) {
		c := w[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '.') {
			return false
		}
	}
	return w != ""
}

// ShortName returns the Atom of a name of one to eight bytes, Unknown when the table lacks it or it is no name without colon. Its bytes are those of key, the
// first lowest, then zeros.
func ShortName(key uint64) Atom {
	a := shortNames[key*shortNameMul>>(64-nameBits)]
	if nameKeys[a%2048].first != key {
		return Unknown
	}
	return a
}

// LongName is ShortName for names of n bytes, 9 to 16; first and last are their first and last eight.
func LongName(first, last uint64, n int) Atom {
	a := longNames[longPlace(first, last)]
	if k := &nameKeys[a%2048]; k.first != first || k.last != last || int(nameLens[a%2048]) != n {
		return Unknown
	}
	return a
}
