package link

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/flynn/noise"
)

// TestX25519 compares with the implementation of package noise: the same keys from the same random bytes, the same secrets, the same refusals. There are more
// keys than are remembered.
func TestX25519(t *testing.T) {
	ours := new(x25519)
	if ours.DHLen() != noise.DH25519.DHLen() || ours.DHName() != noise.DH25519.DHName() {
		t.Errorf("%d bytes, %q", ours.DHLen(), ours.DHName())
	}
	var keys []noise.DHKey
	for i := range byte(4) {
		seed := [32]byte{i}
		got, err := ours.GenerateKeypair(rand.NewChaCha8(seed))
		want, _ := noise.DH25519.GenerateKeypair(rand.NewChaCha8(seed))
		if err != nil || !bytes.Equal(got.Private, want.Private) || !bytes.Equal(got.Public, want.Public) {
			t.Fatalf("key %d: %x, %v, want %x", i, got, err, want)
		}
		keys = append(keys, got)
	}
	for _, a := range keys {
		for _, b := range keys {
			got, err := ours.DH(a.Private, b.Public)
			want, _ := noise.DH25519.DH(a.Private, b.Public)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%x, %v, want %x", got, err, want)
			}
		}
		for _, bad := range [][]byte{make([]byte, 32), {1}, nil} {
			_, err := ours.DH(a.Private, bad)
			if _, want := noise.DH25519.DH(a.Private, bad); err == nil || want == nil {
				t.Errorf("the public key %x: %v, %v", bad, err, want)
			}
		}
	}
	if _, err := ours.DH([]byte{1}, keys[0].Public); err == nil {
		t.Error("a private key of one byte")
	}
	if _, err := ours.GenerateKeypair(bytes.NewReader([]byte{1})); err == nil {
		t.Error("a key of one random byte")
	}
	if k, err := ours.GenerateKeypair(nil); err != nil || len(k.Private) != KeySize {
		t.Errorf("%v, %v", k, err)
	}
}
