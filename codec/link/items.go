package link

import (
	"errors"
	"fmt"

	"github.com/valyala/bytebufferpool"

	"github.com/godwit-im/godwit/codec/pack"
)

// Desk is what it takes to seal and to open items. A loop, or a goroutine, has one for all its links; it belongs to one goroutine at a time.
type Desk struct {
	enc   pack.Encoder
	dec   pack.Decoder
	frame []byte // what is to be sealed
	items []byte // what was opened
}

const (
	// fullFrame is when a frame takes no more items: what is behind it can be read before the rest is there.
	fullFrame = 4 << 10
	// A frame of n bytes may hold expansion × n + expansionFree bytes of items. Who writes pads it, when it would hold more.
	expansion     = 32
	expansionFree = 2 << 10
	// maxMessage bounds what goes on from frame to frame.
	maxMessage = pack.MaxItem
)

var errMessage = errors.New("link: what goes on from frame to frame is too long")

// AppendItems appends whole items of the compact coding (codec/compact/FORMAT.md §3), packed (codec/pack/PACK.md) and sealed, to dst.
func (s *Session) AppendItems(dst, items []byte, d *Desk) []byte {
	for len(items) > 0 {
		d.enc.Begin(d.frame[:0], s.state)
		held := 0
		for len(items) > 0 && d.enc.Len() < fullFrame && held < expansionFree/2+expansion/2*d.enc.Len() {
			n := d.enc.Item(items)
			items, held = items[n:], held+n
		}
		d.frame = d.enc.End()
		dst = s.appendMessage(dst, d.frame, (held-expansionFree)/expansion-len(d.frame))
		if cap(d.frame) > 4*MaxFrame {
			d.frame = nil
		}
	}
	return dst
}

// appendMessage seals plain, with padding if that is positive.
func (s *Session) appendMessage(dst, plain []byte, padding int) []byte {
	for len(plain)+max(padding, 0) > maxPlain {
		n := min(len(plain), maxPlain)
		dst = s.appendFrame(dst, headerMore, plain[:n], 0)
		plain = plain[n:]
	}
	return s.appendFrame(dst, 0, plain, max(padding, 0))
}

// OpenItems opens the frame that in begins. It returns its bytes, 0 when in does not hold it whole, and the items that are whole with it, which lie in d and are valid
// until it is used to open again. An error is final.
func (s *Session) OpenItems(in []byte, d *Desk) (n int, items []byte, err error) {
	n, plain, err := s.Open(nil, in)
	if err != nil || n <= 1 {
		return n, nil, err
	}
	if s.more || s.parts != nil {
		if s.parts == nil {
			s.parts = bytebufferpool.Get()
		}
		if s.parts.B = append(s.parts.B, plain...); len(s.parts.B) > maxMessage {
			return 0, nil, errMessage
		}
		if s.more {
			return n, nil, nil
		}
		plain = s.parts.B
		defer s.Abandon()
	}
	if d.items, err = d.dec.Decode(d.items[:0], plain, s.state, expansion*len(plain)+expansionFree); err != nil {
		return 0, nil, fmt.Errorf("link: %w", err)
	}
	return n, d.items, nil
}

// Abandon gives back what is kept of a frame that goes on: the link ends.
func (s *Session) Abandon() {
	if s.parts != nil {
		bytebufferpool.Put(s.parts)
		s.parts = nil
	}
}
