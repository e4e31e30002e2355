package sasl

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The binary form, as it lies in the store:
//
//	version     1 byte, 1
//	then for each hash there are keys for, in the order of their numbers:
//	  hash        1 byte: 1 SHA-1, 2 SHA-256, 3 SHA-512
//	  iterations  4 bytes, big-endian, 1 to MaxIterations
//	  salt        1 byte of length, 1 to 255, and so many bytes
//	  StoredKey   20, 32 or 64 bytes, by the hash
//	  ServerKey   as many
//
// testdata/credentials_v1.txt has an example. A form that changes gets a new
// version, and this one is read as long as it may lie in a store.
const credentialsVersion = 1

var errCredentials = errors.New("sasl: the stored credentials are damaged or of an unknown version")

// MarshalBinary returns the form for the store. The error is always nil.
func (c Credentials) MarshalBinary() ([]byte, error) {
	b := []byte{credentialsVersion}
	for i, k := range c.keys {
		if k.iterations == 0 {
			continue
		}
		b = append(b, byte(i+1))
		b = binary.BigEndian.AppendUint32(b, uint32(k.iterations))
		b = append(b, byte(len(k.salt)))
		b = append(b, k.salt...)
		b = append(b, k.stored...)
		b = append(b, k.server...)
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote. It copies b. After an error c
// is unchanged.
func (c *Credentials) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != credentialsVersion {
		return errCredentials
	}
	var read Credentials
	b = slices.Clone(b[1:])
	for next := 0; len(b) > 0; {
		i := int(b[0]) - 1
		if i < next || i >= hashes {
			return errCredentials
		}
		k, rest, ok := readKeys(b[1:], byIndex[i].size)
		if !ok {
			return errCredentials
		}
		read.keys[i], b, next = k, rest, i+1
	}
	*c = read
	return nil
}

// readKeys reads what follows a hash number, for a hash of size bytes, and
// returns what is left. The keys share b.
func readKeys(b []byte, size int) (k keys, rest []byte, ok bool) {
	if len(b) < 5 {
		return keys{}, nil, false
	}
	iterations, salt := binary.BigEndian.Uint32(b), int(b[4])
	b = b[5:]
	if iterations == 0 || iterations > MaxIterations || salt == 0 || len(b) < salt+2*size {
		return keys{}, nil, false
	}
	k = keys{int(iterations), b[:salt], b[salt : salt+size], b[salt+size : salt+2*size]}
	return k, b[salt+2*size:], true
}
