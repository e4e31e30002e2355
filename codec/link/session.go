package link

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/flynn/noise"
	"github.com/valyala/bytebufferpool"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/pack"
)

// MaxFrame is the most bytes of a frame after its length: 64 KiB.
const MaxFrame = 1 << 16

// The bits of a frame's header, LINK.md §6.
const (
	headerMore   = 0x01 // what is in the frame goes on in the next
	headerPadded = 0x02 // behind it come 80 and zeros
)

const (
	tagSize    = 16
	headerSize = 1
	// maxPlain is the most bytes of items in one frame.
	maxPlain = MaxFrame - headerSize - tagSize
)

var (
	errFrameLength  = errors.New("link: a frame of a forbidden length")
	errFrameSeal    = errors.New("link: a frame that was not sealed by the peer, or not as the next one")
	errFrameHeader  = errors.New("link: a frame with unknown header bits")
	errFramePadding = errors.New("link: a frame with padding that is none")
	errExhausted    = errors.New("link: no nonces are left")
)

// Session is a link after its handshake: the keys and counters of both directions, and what the handshake found out.
type Session struct {
	send, receive half
	peer          [KeySize]byte
	hash          [32]byte
	domain        string
	pattern       Pattern
	relayed       bool
	more          bool    // the frame opened last goes on in the next
	profile       Padding // of the frames that are sent
	padding       uint32  // of the frame opened last, and of those before it that it goes on from
	state         *pack.Session
	early         []byte                     // packed items that came with the handshake, nil when there are none
	parts         *bytebufferpool.ByteBuffer // of what goes on, nil when there is nothing
}

// half is one direction. The nonce is Noise's: four zero bytes and the number of the next frame, little-endian (Noise §12.3).
type half struct {
	aead  cipher.AEAD
	nonce [chacha20poly1305.NonceSize]byte
}

func newSession(h *Handshake, send, receive *noise.CipherState) *Session {
	s := &Session{
		send: newHalf(send), receive: newHalf(receive), domain: h.domain, pattern: h.pattern, relayed: h.relay, state: h.packed,
	}
	if s.state == nil {
		s.state = pack.NewSession(h.client != nil, h.domain)
	}
	if h.client != nil {
		s.profile = h.client.Padding
	} else {
		s.profile = h.server.Padding
	}
	copy(s.peer[:], h.noise.PeerStatic())
	copy(s.hash[:], h.noise.ChannelBinding())
	return s
}

func newHalf(c *noise.CipherState) half {
	key := c.UnsafeKey()
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic(err) // only for keys of a wrong size
	}
	return half{aead: aead}
}

func (h *half) counter() uint64 { return binary.LittleEndian.Uint64(h.nonce[4:]) }

func (h *half) advance() { binary.LittleEndian.PutUint64(h.nonce[4:], h.counter()+1) }

// PeerStatic returns the peer's static public key, which the handshake proved that it holds. The caller may not write to it.
func (s *Session) PeerStatic() []byte { return s.peer[:] }

// HandshakeHash returns the hash that names this handshake and no other: the channel binding "noise-handshake". The caller may not
// write to it.
func (s *Session) HandshakeHash() []byte { return s.hash[:] }

// IDs returns the key of the ids of the account's archive, nil when the server has not said it yet. The caller may not write to it. It is asked for by who opens items.
func (s *Session) IDs() *archiveid.Key { return s.state.IDs() }

// Domain returns the domain that the client asked for.
func (s *Session) Domain() string { return s.domain }

// Relayed reports, to a server, whether the client relays a stream that begins elsewhere (ClientConfig.Relay): its static key names no device, and no channel binding of the
// link can be had at the stream's other end.
func (s *Session) Relayed() bool { return s.relayed }

// Pattern returns how the link was made. With IK the peers knew each other's keys; else the client has learnt the server's.
func (s *Session) Pattern() Pattern { return s.pattern }

// AppendKeepalive appends a keepalive, which is one byte and not authenticated.
func AppendKeepalive(dst []byte) []byte { return append(dst, 0) }

// AppendFrames appends plain sealed in one frame, or in as many as it takes when it is longer than a frame may be, to dst. It panics when
// the nonces are used up, after 2⁶⁴ frames.
func (s *Session) AppendFrames(dst, plain []byte) []byte {
	for len(plain) > maxPlain {
		dst = s.appendFrame(dst, headerMore, plain[:maxPlain], 0)
		plain = plain[maxPlain:]
	}
	return s.appendFrame(dst, 0, plain, s.profile.padding(len(plain), 0))
}

// appendFrame seals one frame, with so many bytes of padding.
func (s *Session) appendFrame(dst []byte, header byte, plain []byte, padding int) []byte {
	if s.send.counter() == math.MaxUint64 {
		panic(errExhausted)
	}
	size := headerSize + len(plain) + padding + tagSize
	dst = slices.Grow(dst, maxVarint+size)
	dst = appendVarint(dst, size)
	mark := len(dst)
	if padding > 0 {
		header |= headerPadded
	}
	dst = append(append(dst, header), plain...)
	if padding > 0 {
		dst = append(dst, 0x80)
		dst = append(dst, make([]byte, padding-1)...)
	}
	dst = s.send.aead.Seal(dst[:mark], s.send.nonce[:], dst[mark:], nil)
	s.send.advance()
	return dst
}

// Open opens the frame that in begins. It returns its bytes, 0 when in does not hold it whole, and its plaintext. With More it goes on in the next frame. The plaintext lies in the free capacity of dst, or in new memory when that is too small; with a nil dst
// it is in place, within in. A keepalive is one byte and has no plaintext. An error is final.
func (s *Session) Open(dst, in []byte) (n int, plain []byte, err error) {
	size, n := varint(in)
	switch {
	case n < 0 || size > MaxFrame || size > 0 && size < headerSize+tagSize:
		return 0, nil, errFrameLength
	case n == 0 || size > len(in)-n:
		return 0, nil, nil
	case size == 0:
		return n, nil, nil
	case s.receive.counter() == math.MaxUint64:
		return 0, nil, errExhausted
	}
	sealed := in[n : n+size]
	if dst == nil {
		dst = sealed[:0]
	}
	mark := len(dst)
	if dst, err = s.receive.aead.Open(dst, s.receive.nonce[:], sealed, nil); err != nil {
		return 0, nil, errFrameSeal
	}
	header, plain := dst[mark], dst[mark+headerSize:]
	if !s.more {
		s.padding = 0
	}
	if header&^(headerMore|headerPadded) != 0 {
		return 0, nil, errFrameHeader
	}
	if header&headerPadded != 0 {
		if plain = bytes.TrimRight(plain, "\x00"); len(plain) == 0 || plain[len(plain)-1] != 0x80 {
			return 0, nil, errFramePadding
		}
		plain = plain[:len(plain)-1]
		s.padding += uint32(size - headerSize - tagSize - len(plain))
	}
	s.more = header&headerMore != 0
	s.receive.advance()
	return n + size, plain, nil
}

// More reports whether what was in the frame opened last goes on in the next one.
func (s *Session) More() bool { return s.more }
