package archiveid

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Secret is what the keys of all accounts of a store are made from: random bytes that never change.
type Secret [32]byte

// Key makes and reads the ids of one account's archive. Any goroutine may use it.
type Key [16]byte

// Len is how many bytes an id has: all are letters, digits, '-' or '_'.
const Len = 16

const (
	tagSize = 6
	seqSize = 6 // a thousand entries a second for 8,900 years
)

// Key returns the key of the account j. Its resource is not looked at.
func (s *Secret) Key(j jid.JID) Key {
	const room = 128 // for the address; a longer one costs an allocation
	in := append(make([]byte, 0, len(s)+room), s[:]...)
	sum := sha256.Sum256(j.Bare().AppendTo(in))
	return Key(sum[:len(Key{})])
}

// Append appends the id of the entry seq to dst.
func (k *Key) Append(dst []byte, seq uint64) []byte {
	tag := k.tag(seq)
	mask := k.mask(tag)
	var id [tagSize + seqSize]byte
	copy(id[:], tag[:])
	for i := range seqSize {
		id[tagSize+i] = byte(seq>>(8*(seqSize-1-i))) ^ mask[i]
	}
	return base64.RawURLEncoding.AppendEncode(dst, id[:])
}

// Parse returns the seq of an id that Append has made, and 0, which no entry has, of anything else.
func (k *Key) Parse(id []byte) (seq uint64) {
	var b [tagSize + seqSize]byte
	if len(id) != Len {
		return 0
	}
	if n, err := base64.RawURLEncoding.Decode(b[:], id); err != nil || n != len(b) { // it passes over line ends
		return 0
	}
	tag := [tagSize]byte(b[:])
	mask := k.mask(tag)
	for i := range seqSize {
		seq = seq<<8 | uint64(b[tagSize+i]^mask[i])
	}
	if k.tag(seq) != tag {
		return 0
	}
	return seq
}

func (k *Key) tag(seq uint64) [tagSize]byte {
	var in [len(Key{}) + 8]byte
	copy(in[:], k[:])
	binary.BigEndian.PutUint64(in[len(k):], seq)
	sum := sha256.Sum256(in[:])
	return [tagSize]byte(sum[:])
}

func (k *Key) mask(tag [tagSize]byte) [seqSize]byte {
	var in [len(Key{}) + tagSize]byte
	copy(in[:], k[:])
	copy(in[len(k):], tag[:])
	sum := sha256.Sum256(in[:])
	return [seqSize]byte(sum[:])
}
