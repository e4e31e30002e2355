package link

import (
	"errors"
	"fmt"

	"github.com/valyala/bytebufferpool"

	"github.com/godwit-im/godwit/codec/pack"
)

// Desk is what it takes to seal and to open items. A loop, or a goroutine, has one for all its links; it belongs to one goroutine at a time.
type Desk struct {
	// Most bounds what a peer may say at once, in what is opened from now on: the bytes of a frame with those it goes on in, padding counted, and those of its items. At 0 it is what the
	// format allows (LINK.md §6).
	Most int

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

// ErrTooLong ends a link whose peer says more at once than [Desk.Most] or the format allows.
var ErrTooLong = errors.New("link: a frame holds more than it may")

// AppendItems appends whole items of the compact coding (codec/compact/FORMAT.md §3), packed (codec/pack/PACK.md) and sealed, to dst.
func (s *Session) AppendItems(dst, items []byte, d *Desk) []byte {
	for len(items) > 0 {
		n, held := d.pack(d.frame[:0], items, s.state)
		items = items[n:]
		dst = s.appendMessage(dst, d.frame, max(0, (held+expansion-1)/expansion-len(d.frame)))
		if cap(d.frame) > 4*MaxFrame {
			d.frame = nil
		}
	}
	return dst
}

// pack packs the items that fit in a frame behind dst, which becomes d.frame. It returns their bytes, and those that count for padding.
func (d *Desk) pack(dst, items []byte, state *pack.Session) (n, held int) {
	d.enc.Begin(dst, state)
	for n < len(items) && d.enc.Len() < fullFrame && n < expansionFree/2+expansion/2*d.enc.Len() {
		n += d.enc.Item(items[n:])
	}
	d.frame = d.enc.End()
	return n, n - expansionFree
}

// packAll packs all items at once behind dst.
func (d *Desk) packAll(dst, items []byte, state *pack.Session) []byte {
	d.enc.Begin(dst, state)
	for n := 0; n < len(items); {
		n += d.enc.Item(items[n:])
	}
	return d.enc.End()
}

// appendMessage seals plain, with so many bytes of padding, and those of the profile where the receiver takes them.
func (s *Session) appendMessage(dst, plain []byte, padding int) []byte {
	free := maxMessage - len(plain) - padding
	for len(plain)+padding > maxPlain {
		n := min(len(plain), maxPlain)
		pad := min(padding, maxPlain-n)
		dst = s.appendFrame(dst, headerMore, plain[:n], pad)
		plain, padding = plain[n:], padding-pad
	}
	more := s.profile.padding(len(plain), padding) - padding
	return s.appendFrame(dst, 0, plain, padding+max(0, min(more, free)))
}

// EarlyItems returns the items that the client said with its first message, none when there were none or they were not taken. They lie in d as those of OpenItems do; they
// are given once, before anything is opened.
func (s *Session) EarlyItems(d *Desk) (items []byte, err error) {
	early := s.early
	if s.early = nil; early == nil {
		return nil, nil
	}
	return s.unpack(early, 0, d)
}

// unpack gives the items in plain, which came with so much padding.
func (s *Session) unpack(plain []byte, padding int, d *Desk) (items []byte, err error) {
	if cap(d.items) > 4*MaxFrame {
		d.items = nil
	}
	if d.items, err = d.dec.Decode(d.items[:0], plain, s.state, d.atOnce(expansion*(len(plain)+padding)+expansionFree)); errors.Is(err, pack.ErrTooLong) {
		return nil, ErrTooLong
	}
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	return d.items, nil
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
		if s.parts.B = append(s.parts.B, plain...); len(s.parts.B)+int(s.padding) > d.atOnce(maxMessage) {
			return 0, nil, ErrTooLong
		}
		if s.more {
			return n, nil, nil
		}
		plain = s.parts.B
		defer s.Abandon()
	}
	items, err = s.unpack(plain, int(s.padding), d)
	return n, items, err
}

// atOnce returns n, or Most when that is less.
func (d *Desk) atOnce(n int) int {
	if d.Most == 0 {
		return n
	}
	return min(n, d.Most)
}

// Abandon gives back what is kept of a frame that goes on: the link ends.
func (s *Session) Abandon() {
	if s.parts != nil {
		bytebufferpool.Put(s.parts)
		s.parts = nil
	}
}

// Tables returns how many bytes of memory the tables take that packing needs (codec/pack/PACK.md §7).
func (s *Session) Tables() int { return s.state.Size() }
