package link

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/flynn/noise"
	"golang.org/x/crypto/curve25519"
)

// KeySize is the bytes of a private or public static key (X25519, RFC 7748).
const KeySize = 32

// Key is a static key pair: of a server, or of a device.
type Key struct {
	Private, Public [KeySize]byte
}

// NewKey makes a Key from random; nil stands for crypto/rand.
func NewKey(random io.Reader) (Key, error) {
	if random == nil {
		random = rand.Reader
	}
	var private [KeySize]byte
	if _, err := io.ReadFull(random, private[:]); err != nil {
		return Key{}, fmt.Errorf("link: make a key: %w", err)
	}
	return LoadKey(private[:])
}

// LoadKey returns the Key with this private half, which is copied.
func LoadKey(private []byte) (Key, error) {
	public, err := curve25519.X25519(private, curve25519.Basepoint)
	if err != nil {
		return Key{}, fmt.Errorf("link: load a key: %w", err)
	}
	k := Key{Public: [KeySize]byte(public)}
	copy(k.Private[:], private)
	return k, nil
}

func (k *Key) dh() noise.DHKey { return noise.DHKey{Private: k.Private[:], Public: k.Public[:]} }
