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

// slot is a place for a word. Words of up to eight bytes are told by key and length alone.
type slot struct {
	key    uint64
	length uint16
	atom   Atom // Unknown: the slot is empty
}

// slots is an open-addressing table of about three slots a word: a look-up of a word takes about one probe. Only the fixed
// words are ever inserted, so no input can lengthen a probe sequence.
var slots [1 << slotBits]slot

const slotBits = 12

func init() {
	for a := Atom(1); a < Count; a++ {
		k, n := key(words[a]), len(words[a])
		i := first(k, n)
		for slots[i].atom != Unknown {
			if words[slots[i].atom] == words[a] {
				panic("atom: the table holds " + words[a] + " twice")
			}
			i = (i + 1) % len(slots)
		}
		slots[i] = slot{key: k, length: uint16(n), atom: a}
	}
}

// Lookup returns the Atom of b, Unknown when the table does not hold it. It does not keep b and does not allocate.
func Lookup[T ~string | ~[]byte](b T) Atom {
	k, n := key(b), len(b)
	for i := first(k, n); ; i = (i + 1) % len(slots) {
		s := &slots[i]
		if s.key == k && int(s.length) == n && (n <= 8 || words[s.atom] == string(b)) {
			return s.atom
		}
		if s.atom == Unknown {
			return Unknown
		}
	}
}

// key makes one number of b. Up to eight bytes are that number themselves, the first of them lowest; of more it is made of
// the first eight and the last eight: XMPP's words differ in these.
func key[T ~string | ~[]byte](b T) uint64 {
	switch n := len(b); {
	case n > 8:
		return load64(b) ^ bits.RotateLeft64(load64(b[n-8:]), 29)
	case n >= 4:
		return uint64(load32(b)) | uint64(load32(b[n-4:]))>>(64-8*n)<<32
	case n > 0:
		return uint64(b[0]) | uint64(b[n/2])<<(n/2*8) | uint64(b[n-1])<<(n*8-8)
	}
	return 0
}

func load32[T ~string | ~[]byte](b T) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func load64[T ~string | ~[]byte](b T) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// first returns where to look for a word first.
func first(key uint64, n int) int {
	return int((key ^ uint64(n)<<59) * 0x9E3779B97F4A7C15 >> (64 - slotBits))
}
