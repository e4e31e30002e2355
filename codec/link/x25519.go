package link

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/flynn/noise"
)

// newSuite returns what one handshake computes with: Noise_XX_25519_ChaChaPoly_SHA256, Noise_IK_25519_ChaChaPoly_SHA256 or Noise_XXfallback_25519_ChaChaPoly_SHA256.
func newSuite() noise.CipherSuite {
	return noise.NewCipherSuite(new(x25519), noise.CipherChaChaPoly, noise.HashSHA256)
}

// x25519 is noise.DH25519 for one handshake, in 6 multiplications instead of 10. What a handshake costs is these: with each use of a private key crypto/ecdh, on
// which noise.DH25519 rests too, computes the public one anew. Here that is done once for the static key and once for the ephemeral.
type x25519 struct {
	known [2]privateKey
	n     int
}

// privateKey is one in the form that package noise has, and the one that computes.
type privateKey struct {
	raw [KeySize]byte
	key *ecdh.PrivateKey
}

// GenerateKeypair implements noise.DHFunc.
func (x *x25519) GenerateKeypair(random io.Reader) (noise.DHKey, error) {
	if random == nil {
		random = rand.Reader
	}
	raw := make([]byte, KeySize)
	if _, err := io.ReadFull(random, raw); err != nil {
		return noise.DHKey{}, err
	}
	key, err := x.private(raw)
	if err != nil {
		return noise.DHKey{}, err
	}
	return noise.DHKey{Private: raw, Public: key.PublicKey().Bytes()}, nil
}

// DH implements noise.DHFunc. The error is that of a public key of low order, or of the wrong length.
func (x *x25519) DH(private, public []byte) ([]byte, error) {
	key, err := x.private(private)
	if err != nil {
		return nil, err
	}
	peer, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("link: the peer's key: %w", err)
	}
	return key.ECDH(peer)
}

// private returns the key that computes, and remembers it while there is room.
func (x *x25519) private(raw []byte) (*ecdh.PrivateKey, error) {
	for i := range x.known[:x.n] {
		if k := &x.known[i]; subtle.ConstantTimeCompare(k.raw[:], raw) == 1 {
			return k.key, nil
		}
	}
	key, err := ecdh.X25519().NewPrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("link: a private key: %w", err)
	}
	if x.n < len(x.known) {
		x.known[x.n] = privateKey{[KeySize]byte(raw), key}
		x.n++
	}
	return key, nil
}

func (*x25519) DHLen() int     { return KeySize }
func (*x25519) DHName() string { return "25519" }
