package client

import (
	"crypto/rand"
	"encoding/base32"
	"strconv"
)

// ids makes stanza ids: a random prefix of 60 bits and a number, so that they repeat neither in a stream nor
// from one to the next (RFC 6120 §8.1.3), as the origin-id must not (XEP-0359 §3).
type ids struct {
	prefix string
	last   uint64
}

func newIDs() ids {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return ids{prefix: base32.HexEncoding.EncodeToString(b[:])[:12] + "-"}
}

func (i *ids) next() string {
	i.last++
	return i.prefix + strconv.FormatUint(i.last, 36)
}
