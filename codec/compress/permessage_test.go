package compress

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// TestPerMessage: payloads as RFC 7692 has them, read by the standard library, and back.
func TestPerMessage(t *testing.T) {
	for name, text := range samples() {
		payload := AppendDeflate(nil, text)
		z := io.MultiReader(bytes.NewReader(payload), strings.NewReader(flushed+"\x01\x00\x00\xff\xff"))
		if got, err := io.ReadAll(flate.NewReader(z)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: the standard library reads %d bytes of %d, %v", name, len(got), len(text), err)
		}
		if got, err := AppendInflate([]byte("x"), payload, len(text)); err != nil || string(got) != "x"+string(text) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got)-1, len(text), err)
		}
		var e *codec.Error
		if _, err := AppendInflate(nil, payload, len(text)-1); len(text) > 0 && (!errors.As(err, &e) || e.Condition != atom.PolicyViolation) {
			t.Errorf("%s: one byte too long: %v", name, err)
		}
		for _, n := range []int{0, 1, len(payload) / 2, len(payload) - 1} {
			got, err := AppendInflate(nil, payload[:min(n, len(payload))], len(text))
			if n < len(payload) && err == nil && bytes.Equal(got, text) && len(text) > 0 {
				t.Errorf("%s: %d bytes of %d are enough", name, n, len(payload))
			}
		}
	}
}

// TestPerMessageOfTheRFC are the examples of RFC 7692 §7.2.3.
func TestPerMessageOfTheRFC(t *testing.T) {
	for hex, want := range map[string]string{
		"f248cdc9c90700":               "Hello", // §7.2.3.1
		"f248050000 00ffff cac9c90700": "Hello", // §7.2.3.5, two blocks
		"000500faff48656c6c6f00":       "Hello", // §7.2.3.3, a block without compression
		"f348cdc9c9070000":             "Hello", // §7.2.3.4, a last block
		"00":                           "",      // §7.2.3.6
	} {
		if got, err := AppendInflate(nil, unhex(strings.ReplaceAll(hex, " ", "")), 100); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", hex, got, err)
		}
	}
}
