package link

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/flynn/noise"
	"golang.org/x/crypto/chacha20poly1305"
)

// MaxFrame is the most bytes of a frame after its length: 64 KiB.
const MaxFrame = 1 << 16

const (
	tagSize    = 16
	headerSize = 1
	// maxPlain is the most bytes of items in one frame.
	maxPlain = MaxFrame - headerSize - tagSize
)

var (
	errFrameLength = errors.New("link: a frame of a forbidden length")
	errFrameSeal   = errors.New("link: a frame that was not sealed by the peer, or not as the next one")
	errFrameHeader = errors.New("link: a frame with unknown header bits")
	errExhausted   = errors.New("link: no nonces are left")
)

// Session is a link after its handshake: the keys and counters of both directions, and what the handshake found out.
type Session struct {
	send, receive half
	peer          [KeySize]byte
	hash          [32]byte
	domain        string
	pattern       Pattern
}

// half is one direction. The nonce is Noise's: four zero bytes and the number of the next frame, little-endian (Noise §12.3).
type half struct {
	aead  cipher.AEAD
	nonce [chacha20poly1305.NonceSize]byte
}

func newSession(h *Handshake, send, receive *noise.CipherState) *Session {
	s := &Session{send: newHalf(send), receive: newHalf(receive), domain: h.domain, pattern: h.pattern}
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

// Domain returns the domain that the client asked for.
func (s *Session) Domain() string { return s.domain }

// Pattern returns how the link was made.
func (s *Session) Pattern() Pattern { return s.pattern }

// AppendKeepalive appends a keepalive, which is one byte and not authenticated.
func AppendKeepalive(dst []byte) []byte { return append(dst, 0) }

// AppendFrames appends plain, the next bytes of the stream of items, sealed in as many frames as it takes, to dst. It panics when
// the nonces are used up, after 2⁶⁴ frames.
func (s *Session) AppendFrames(dst, plain []byte) []byte {
	for len(plain) > 0 {
		n := min(len(plain), maxPlain)
		dst = s.appendFrame(dst, plain[:n])
		plain = plain[n:]
	}
	return dst
}

func (s *Session) appendFrame(dst, plain []byte) []byte {
	if s.send.counter() == math.MaxUint64 {
		panic(errExhausted)
	}
	size := headerSize + len(plain) + tagSize
	dst = slices.Grow(dst, maxVarint+size)
	dst = appendVarint(dst, size)
	mark := len(dst)
	dst = append(append(dst, 0), plain...)
	dst = s.send.aead.Seal(dst[:mark], s.send.nonce[:], dst[mark:], nil)
	s.send.advance()
	return dst
}

// Open opens the frame that in begins. It returns its bytes, 0 when in does not hold it whole, and its plaintext, the next
// bytes of the stream of items. The plaintext lies in the free capacity of dst, or in new memory when that is too small; with a nil dst
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
	if dst[mark] != 0 {
		return 0, nil, errFrameHeader
	}
	s.receive.advance()
	return n + size, dst[mark+headerSize:], nil
}
