package compress

import "github.com/godwit-im/godwit/codec"

// Method is a way to compress a stream (XEP-0138 §3). The zero Method is none.
type Method uint8

// The methods.
const (
	Zlib   Method = iota + 1 // RFC 1950, for clients of old
	Godwit                   // one message a stanza, see FORMAT.md
)

// names are the methods in XEP-0138.
var names = [...]string{Zlib: "zlib", Godwit: "godwit-deflate-1"}

// Names are the names of all methods.
func Names() []string { return names[1:] }

// String returns the name in XEP-0138, empty for none.
func (m Method) String() string { return names[m] }

// Named returns the method with that name, 0 when there is none.
func Named(name string) Method {
	for m := Zlib; int(m) < len(names); m++ {
		if names[m] == name {
			return m
		}
	}
	return 0
}

// dictionary returns what precedes each stream of the method.
func (m Method) dictionary() []byte {
	if m == Godwit {
		return Dictionary
	}
	return nil
}

// Limits bound what compressed bytes may become. They are checked after each 4 KiB.
type Limits struct {
	Ratio int // bytes that a compressed byte may become, on the average
	Burst int // bytes beyond that
}

// MaxRatio is what a Ratio cannot exceed: 258 bytes by two bits (RFC 1951 §3.2.5). Limits with it bound nothing.
const MaxRatio = 4 * maxMatch

// DefaultLimits are above what stanzas reach that are like those before: chat has a ratio of about 10 with a window, a long run of one character up to 1,032.
var DefaultLimits = Limits{Ratio: 50, Burst: codec.DefaultLimits.Bytes}
