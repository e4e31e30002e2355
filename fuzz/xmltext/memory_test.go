package xmltext

import "bytes"

// memory is where the decoder's input lies. The machine allows no access to the pages before and after it, so that a decoder that reads outside
// of its input is found out; and it is overwritten for each piece, so that one that keeps a reference to the piece before is as well.
type memory struct {
	room []byte
	last []byte // the piece that is there
	all  []byte // room and the pages around it
}

// Places in memory. Others are offsets from the beginning.
const (
	atEnd  = 0xFF
	places = 130 // so many offsets, all alignments to 64 bytes twice
)

// rubbish overwrites what was there.
var rubbish = bytes.Repeat([]byte("#<'&"), 1024)

// put returns lead and piece in one, valid until the next put.
func (m *memory) put(lead string, piece []byte, place uint8) []byte {
	for old := m.last; len(old) > 0; {
		old = old[copy(old, rubbish):]
	}
	n := len(lead) + len(piece)
	if n+places > len(m.room) {
		m.grow(n + places)
	}
	from := int(place)
	if place == atEnd {
		from = len(m.room) - n
	}
	m.last = m.room[from : from+n : from+n]
	copy(m.last[copy(m.last, lead):], piece)
	return m.last
}

// grow makes room for n bytes.
func (m *memory) grow(n int) {
	m.free()
	m.room, m.all = guarded(n)
}

// free gives the memory back.
func (m *memory) free() {
	if m.all != nil {
		unguard(m.all)
	}
	m.room, m.last, m.all = nil, nil, nil
}
