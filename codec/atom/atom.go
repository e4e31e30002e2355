package atom

import "math/bits"

// Atom is the number of a word in the table; 0 (Unknown) stands for every word that is not in it.
type Atom uint16

// Unknown is the Atom of every word outside the table.
const Unknown Atom = 0

// Count is the number of atoms, Unknown included: every Atom is below it.
const Count = Atom(len(words))

// String returns the word, "" for Unknown and for numbers past the table.
func (a Atom) String() string {
	if a < Count {
		return words[a]
	}
	return ""
}

// slots is an open-addressing table of four slots a word: a look-up of a word takes about one probe. Only the fixed
// words are ever inserted, so no input can lengthen a probe sequence.
var slots [4096]Atom

func init() {
	for a := Atom(1); a < Count; a++ {
		i := hash(words[a])
		for slots[i] != Unknown {
			if words[slots[i]] == words[a] {
				panic("atom: the table holds " + words[a] + " twice")
			}
			i = (i + 1) % uint32(len(slots))
		}
		slots[i] = a
	}
}

// Lookup returns the Atom of b, Unknown when the table does not hold it. It does not keep b and does not allocate.
func Lookup[T ~string | ~[]byte](b T) Atom {
	for i := hash(b); ; i = (i + 1) % uint32(len(slots)) {
		a := slots[i]
		if a == Unknown || words[a] == string(b) {
			return a
		}
	}
}

// hash mixes the length, the first eight and the last eight bytes: XMPP's words differ in these.
func hash[T ~string | ~[]byte](b T) uint32 {
	n := len(b)
	var head, tail uint64
	for i := 0; i < n && i < 8; i++ {
		head = head<<8 | uint64(b[i])
		tail = tail<<8 | uint64(b[n-1-i])
	}
	h := (head ^ bits.RotateLeft64(tail, 29) ^ uint64(n)) * 0x9E3779B97F4A7C15
	return uint32(h>>40) % uint32(len(slots))
}
