package link

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"unsafe"

	"golang.org/x/crypto/chacha20poly1305"
)

// TestSize fixes what a link costs an idle connection; the two ciphers are 32 bytes each besides.
func TestSize(t *testing.T) {
	if size := unsafe.Sizeof(Session{}); size != 192 {
		t.Errorf("a Session has %d bytes", size)
	}
}

// loop returns a session whose frames it can open itself.
func loop(t *testing.T) *Session {
	aead, err := chacha20poly1305.New(make([]byte, chacha20poly1305.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return &Session{send: half{aead: aead}, receive: half{aead: aead}}
}

func TestReservedHeaderBitsAreRefused(t *testing.T) {
	for bit := 2; bit < 8; bit++ {
		s := loop(t)
		frame := s.send.aead.Seal([]byte{headerSize + 1 + tagSize}, s.send.nonce[:], []byte{1 << bit, 'x'}, nil)
		if _, plain, err := s.Open(nil, frame); !errors.Is(err, errFrameHeader) || plain != nil {
			t.Errorf("bit %d: %q, %v", bit, plain, err)
		}
	}
}

// TestFrameWithoutItems is the authenticated keepalive, which this version reads and does not send.
func TestFrameWithoutItems(t *testing.T) {
	s := loop(t)
	frame := s.send.aead.Seal([]byte{headerSize + tagSize}, s.send.nonce[:], []byte{0}, nil)
	if n, plain, err := s.Open(nil, frame); n != 18 || len(plain) != 0 || err != nil {
		t.Errorf("Open = %d, %q, %v", n, plain, err)
	}
}

func TestNoncesCount(t *testing.T) {
	s := loop(t)
	for want := range uint64(300) {
		if got := binary.LittleEndian.Uint64(s.send.nonce[4:]); got != want || s.send.counter() != want {
			t.Fatalf("frame %d has the nonce %d", want, got)
		}
		if _, plain, err := s.Open(nil, s.AppendFrames(nil, []byte{1})); err != nil || len(plain) != 1 {
			t.Fatal(err)
		}
	}
	if s.send.nonce[0]|s.send.nonce[1]|s.send.nonce[2]|s.send.nonce[3] != 0 {
		t.Error("the first four bytes of the nonce are not zero")
	}
}

// TestLastNonce: Noise reserves the largest number.
func TestLastNonce(t *testing.T) {
	s := loop(t)
	binary.LittleEndian.PutUint64(s.send.nonce[4:], math.MaxUint64-1)
	binary.LittleEndian.PutUint64(s.receive.nonce[4:], math.MaxUint64-1)
	frame := s.AppendFrames(nil, []byte{1})
	if _, _, err := s.Open(nil, frame); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(nil, frame); !errors.Is(err, errExhausted) {
		t.Errorf("Open = %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("sealing goes on without nonces")
		}
	}()
	s.AppendFrames(nil, []byte{1})
}

func TestRelayHasNoValue(t *testing.T) {
	for payload, ok := range map[string]bool{"\x01\x01a\x81\x00": true, "\x01\x01a\x81\x01x": false, "\x81\x00": false} {
		for _, p := range []Pattern{XX, IK} {
			if said, err := helloIn([]byte(payload), p); (err == nil) != ok || said.relay != ok {
				t.Errorf("%q: %+v, %v", payload, said, err)
			}
		}
	}
}
