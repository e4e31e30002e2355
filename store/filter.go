package store

import (
	"encoding/binary"
	"math/bits"
)

// filter is a growing set of dedupe hashes that may say yes to one that is not
// in it (about 1 % at worst), and never no to one that is. It is a list of
// blocked Bloom filters: all bits of a hash are in one 64-byte block, one cache
// line. Segments cannot grow and every one adds its false positives, so each is
// three times as large as all before it together.
type filter struct {
	segments []segment
	n        int // hashes in all segments
}

type segment struct {
	blocks []filterBlock
	room   int // hashes it still takes
}

type filterBlock [8]uint64 // 512 bits

const (
	blockHashes    = 32 // per block: 16 bits for each hash
	segmentGrowth  = 3
	blockBytes     = 64
	minSegmentSize = 64 // blocks: 4 KiB
)

// add puts h into the filter and returns by how many bytes the filter grew.
// hint is how many hashes are expected in all, 0 when unknown.
func (f *filter) add(h dedupeHash, hint int) (grew int) {
	last := len(f.segments) - 1
	if last < 0 || f.segments[last].room == 0 {
		blocks := max(minSegmentSize, (max(segmentGrowth*f.n, hint-f.n)+blockHashes-1)/blockHashes)
		f.segments = append(f.segments, segment{make([]filterBlock, blocks), blocks * blockHashes})
		last, grew = last+1, blocks*blockBytes
	}
	s := &f.segments[last]
	s.room--
	f.n++
	block, b := s.block(h)
	for range filterProbes {
		block[b>>6&7] |= 1 << (b & 63)
		b >>= 9
	}
	return grew
}

// filterProbes of 9 bits each come out of 64 bits.
const filterProbes = 7

func (f *filter) mayHave(h dedupeHash) bool {
	for i := range f.segments {
		if f.segments[i].mayHave(h) {
			return true
		}
	}
	return false
}

func (s *segment) mayHave(h dedupeHash) bool {
	block, b := s.block(h)
	for range filterProbes {
		if block[b>>6&7]&(1<<(b&63)) == 0 {
			return false
		}
		b >>= 9
	}
	return true
}

func (s *segment) block(h dedupeHash) (block *filterBlock, bits9 uint64) {
	i, _ := bits.Mul64(binary.LittleEndian.Uint64(h[:8]), uint64(len(s.blocks)))
	return &s.blocks[i], binary.LittleEndian.Uint64(h[8:])
}

func (f *filter) bytes() (n int) {
	for i := range f.segments {
		n += len(f.segments[i].blocks) * blockBytes
	}
	return n
}
