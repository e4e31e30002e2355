package xmltext

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

// put returns a copy of piece, which is valid until the next put.
func (m *memory) put(piece []byte, place uint8) []byte {
	for i := range m.last {
		m.last[i] = '#'
	}
	if len(piece)+places > len(m.room) {
		m.grow(len(piece) + places)
	}
	from := int(place)
	if place == atEnd {
		from = len(m.room) - len(piece)
	}
	m.last = m.room[from : from+len(piece) : from+len(piece)]
	copy(m.last, piece)
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
