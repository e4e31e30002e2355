package compress

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// small compresses one short message after the dictionary into one fixed block (RFC 1951 §3.2.6). What takes the library longest, to index the
// dictionary again each time, is done once for all; and a code of its own does not pay for a short message: see the figures in doc.go.
type small struct {
	out  []byte
	acc  uint64 // bits not yet in out
	n    uint   // their number
	raw  int    // literals
	head [1 << smallHash]uint16
	prev [maxSmall]uint16
}

const (
	maxSmall  = 1 << 11 // the longest message
	maxRaw    = 256     // the most literals: more pay for a code of their own
	smallHash = 11      // bits of a hash within the message
	dictHash  = 15      // bits of a hash within the dictionary
	minMatch  = 4       // shorter ones cost as much as they save
	maxMatch  = 258
	tries     = 16 // places that are compared for a match, at most
)

var smalls = sync.Pool{New: func() any { return new(small) }}

// hash4 is the hash of the next four bytes.
func hash4(p []byte, size uint) uint32 {
	return binary.LittleEndian.Uint32(p) * 0x9e3779b1 >> (32 - size)
}

// index has the places in the dictionary by their hash, the last first; places count from 1.
var index = sync.OnceValue(func() *struct {
	head [1 << dictHash]uint16
	prev [maxWindow]uint16
} {
	x := new(struct {
		head [1 << dictHash]uint16
		prev [maxWindow]uint16
	})
	for i := 0; i+minMatch <= len(Dictionary); i++ {
		h := hash4(Dictionary[i:], dictHash)
		x.prev[i], x.head[h] = x.head[h], uint16(i+1)
	}
	return x
})

// deflate compresses p. It reports false for a message that is not for it, being too long or mostly of literals. The result is valid until the next call.
func (s *small) deflate(p []byte) (out []byte, ok bool) {
	if len(p) > maxSmall {
		return nil, false
	}
	s.out, s.acc, s.n, s.raw = s.out[:0], 0, 0, 0
	clear(s.head[:])
	s.put(0b011, 3) // the last block, fixed
	length, dist := s.find(p, 0)
	for i := 0; i < len(p); {
		nextLength, nextDist := 0, 0
		if length < maxMatch/4 && i+1 < len(p) {
			nextLength, nextDist = s.find(p, i+1)
		}
		if length == 0 || nextLength > length {
			if s.raw++; s.raw > maxRaw {
				return nil, false
			}
			s.symbol(uint16(p[i]))
			i, length, dist = i+1, nextLength, nextDist
			continue
		}
		s.match(length, dist)
		for k := i + 2; k < i+length; k++ {
			s.enter(p, k)
		}
		if i += length; i < len(p) {
			length, dist = s.find(p, i)
		}
	}
	s.put(0, 7) // end of block
	s.put(0, (8-s.n)&7)
	return s.out, true
}

// enter makes the place known.
func (s *small) enter(p []byte, i int) {
	if i+minMatch <= len(p) {
		h := hash4(p[i:], smallHash)
		if s.head[h] != uint16(i+1) {
			s.prev[i], s.head[h] = s.head[h], uint16(i+1)
		}
	}
}

// find returns the longest match for what is at i, the nearest of equals, and enters the place; length 0: none.
func (s *small) find(p []byte, i int) (length, dist int) {
	rest := p[i:min(len(p), i+maxMatch)]
	if len(rest) < minMatch {
		return 0, 0
	}
	length = minMatch - 1
	for c, n := int(s.head[hash4(rest, smallHash)]), 0; c > 0 && n < tries; c, n = int(s.prev[c-1]), n+1 {
		if c-1 < i {
			if k := common(p[c-1:], rest); k > length {
				length, dist = k, i-(c-1)
			}
		}
	}
	x := index()
	for c, n := int(x.head[hash4(rest, dictHash)]), 0; c > 0 && n < tries; c, n = int(x.prev[c-1]), n+1 {
		d := len(Dictionary) - (c - 1) + i
		if d > maxWindow {
			break
		}
		if k := common(Dictionary[c-1:], rest); k > length {
			length, dist = k, d
		}
	}
	s.enter(p, i)
	if length < minMatch {
		return 0, 0
	}
	return length, dist
}

// common returns the length of the common beginning.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// put writes n bits, the lowest first.
func (s *small) put(v uint64, n uint) {
	s.acc |= v << s.n
	s.n += n
	for s.n >= 8 {
		s.out = append(s.out, byte(s.acc))
		s.acc >>= 8
		s.n -= 8
	}
}

// symbol writes the fixed code of a literal or length: its highest bit first.
func (s *small) symbol(v uint16) {
	code, n := uint16(0), uint(8)
	switch {
	case v < 144:
		code = 0x30 + v
	case v < 256:
		code, n = 0x190+v-144, 9
	case v < 280:
		code, n = v-256, 7
	default:
		code = 0xc0 + v - 280
	}
	s.put(uint64(bits.Reverse16(code)>>(16-n)), n)
}

// match writes a length and a distance.
func (s *small) match(length, dist int) {
	l := last(lengthBase[:], length)
	s.symbol(endBlock + 1 + uint16(l))
	s.put(uint64(length)-uint64(lengthBase[l]), uint(lengthExtra[l]))
	d := last(distBase[:], dist)
	s.put(uint64(bits.Reverse8(uint8(d))>>3), 5)
	s.put(uint64(dist)-uint64(distBase[d]), uint(distExtra[d]))
}

// last returns the index of the last base that is not above v.
func last(bases []uint16, v int) int {
	low, high := 0, len(bases)
	for high-low > 1 {
		if mid := (low + high) / 2; int(bases[mid]) <= v {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
