package text

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"sync"
	"unicode/utf8"
)

//go:embed model.bin
var packed []byte

// Hash returns the SHA-256 of the model: both ends must have the same.
func Hash() [sha256.Size]byte { return sha256.Sum256(packed) }

// Load unpacks the model, which otherwise the first text waits for: some 20 ms and 2 MiB. Any goroutine may call it.
func Load() { shared() }

// shared is the model, unpacked for the first text.
var shared = sync.OnceValue(func() *model { return unpack(packed) })

const (
	end   = 0 // the symbol of the end of a text, and of what is before its beginning
	other = 1 // the symbol of all code points that have none

	precision = 13
	total     = 1 << precision // of the weights of a list
	pages     = (utf8.MaxRune + 1) / 64
	pieceMark = utf8.MaxRune + 1 // a piece stands behind all code points, at pieceMark and its characters as digits of a number to the base 128
	pieceMax  = 6
)

// model is what MODEL.md describes, with its lists as list.go has them. It is read-only.
type model struct {
	lists   []uint64
	classes int                        // below are the lists of classes
	blocks  []int                      // the list of each block
	begin   int                        // the context before a text
	spells  []spell                    // by symbol
	block   []uint8                    // by symbol
	page    [pages]uint16              // by code point / 64: where in symbols
	symbols [][64]uint16               // by code point % 64; the first is for all pages without a symbol
	single  [128]piece                 // by character
	buckets [1 << 10][bucketSize]piece // the shorter ones first
}

// spell is the bytes of a symbol, at most six, the first in the lowest, and how many they are in the highest.
type spell uint64

func spellOf(s []byte) (v spell) {
	for i, c := range s {
		v |= spell(c) << (8 * i)
	}
	return v | spell(len(s))<<56
}

func (s spell) size() int { return int(s >> 56) }

// piece is a symbol that ASCII characters are: the characters, at most six, the first in the lowest byte; from bit 48 on the symbol, and from bit 61 on how many they are.
type piece uint64

const bucketSize = 2

// noPiece is what no text begins with.
const noPiece = piece(0xFF | 1<<61)

func newPiece(s []byte, symbol uint16) (p piece) {
	for i, c := range s {
		p |= piece(c) << (8 * i)
	}
	return p | piece(symbol)<<48 | piece(len(s))<<61
}

// begins reports whether eight bytes begin with it.
func (p piece) begins(x uint64) bool { return (x^uint64(p))<<((64-8*(p>>61))&63) == 0 }

// bucketOf returns the bucket of the pieces that begin with the same two characters as a text.
func bucketOf(x uint64) uint64 { return x&31<<5 | x>>8&31 }

// ascii returns the symbol that a text begins with which begins with an ASCII character, of its first eight bytes, and how many of these that is.
func (m *model) ascii(x uint64) (symbol uint16, size int) {
	b := &m.buckets[bucketOf(x)]
	best := m.single[x&127]
	if b[0].begins(x) {
		best = b[0]
	}
	if b[1].begins(x) { // the longer one
		best = b[1]
	}
	return uint16(best>>48) & (total - 1), int(best >> 61)
}

// eight returns the eight bytes of s from a place on, the first in the lowest; behind the end are zeros.
func eight(s []byte, at int) (x uint64) {
	switch n := len(s); {
	case at+8 <= n:
		return binary.LittleEndian.Uint64(s[at:])
	case n >= 8:
		return binary.LittleEndian.Uint64(s[n-8:]) >> (8 * (at + 8 - n) & 63)
	}
	for i := len(s) - 1; i >= at; i-- {
		x = x<<8 | uint64(s[i])
	}
	return x
}
