package compact

import (
	"crypto/sha256"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// tableHash is made once; the table is fixed at compile time.
var tableHash = func() (h [8]byte) {
	sum := sha256.New()
	for a := atom.Atom(1); a < atom.Count; a++ {
		sum.Write([]byte(a.String()))
		sum.Write([]byte{'\n'})
	}
	copy(h[:], sum.Sum(nil))
	return h
}()

// TableHash identifies the table of words: the first 8 bytes of the SHA-256 of all words in order, each followed by a line
// feed. Two ends whose tables differ do not understand each other; the link compares it before anything else.
func TableHash() [8]byte { return tableHash }

// isName says which words are an NCName and may stand where a name is due.
var isName = func() (is [atom.Count]bool) {
	for a := atom.Atom(1); a < atom.Count; a++ {
		is[a] = validNCName([]byte(a.String()))
	}
	return is
}()

// words is the word of every atom as bytes, which nobody may write to.
var words = func() (w [atom.Count][]byte) {
	for a := range w {
		w[a] = []byte(atom.Atom(a).String())
	}
	return w
}()

// lengths has, by the first byte of a word, the bits of the lengths that words have which begin so: most strings that are no words
// need no look-up.
var lengths = func() (l [256]uint64) {
	for _, w := range words[1:] {
		l[w[0]] |= 1 << len(w) // a word of 64 bytes or more would never be found
	}
	return l
}()

// lookup returns the word that b is, atom.Unknown for none.
func lookup(b []byte) atom.Atom {
	if len(b) == 0 || lengths[b[0]]>>len(b)&1 == 0 {
		return atom.Unknown
	}
	return atom.Lookup(b)
}

// orDefault returns the limits in force: nil stands for codec.DefaultLimits.
func orDefault(l *codec.Limits) *codec.Limits {
	if l == nil {
		return &codec.DefaultLimits
	}
	return l
}
