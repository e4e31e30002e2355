package sasl

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

func TestVerify(t *testing.T) {
	for _, tt := range []struct {
		stored, given string
		want          bool
	}{
		{"pencil", "pencil", true},
		{"pencil", "Pencil", false},
		{"pencil", "pencil ", false},
		{"pencil", "", false},
		{"pencil", "\x00", false},
		{"pencil", "\xff", false},
		// OpaqueString (RFC 8265 §4.2, §4.3): NFC, spaces, case and width kept.
		{"\u00e9t\u00e9", "e\u0301te\u0301", true},
		{"correct horse", "correct\u00a0horse", true},
		{"\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5", true},
		{"Jack of \u2666s", "Jack of \u2666s", true},
		{"a", "\uff41", false},
		{strings.Repeat("p", 300), strings.Repeat("p", 300), true},
		{strings.Repeat("p", 300), strings.Repeat("p", 299), false},
		// RFC 4013 §3: where SASLprep says the same, and where it does not.
		{"user", "user", true},
		{"user", "USER", false},
		{"IX", "I\u00adX", false},
		{"a", "\u00aa", false},
		{"IX", "\u2168", false},
	} {
		c, err := newCredentials(tt.stored, 1, nil)
		if err != nil {
			t.Errorf("%+q: %v", tt.stored, err)
		}
		if got := c.Verify(tt.given); got != tt.want {
			t.Errorf("stored %+q, given %+q: %v", tt.stored, tt.given, got)
		}
	}
	if (Credentials{}).Verify("") || (Credentials{}).Verify("pencil") {
		t.Error("no credentials match a password")
	}
	for i := range byIndex { // whatever hash there is
		c := Credentials{}
		c.keys[i] = quick.keys[i]
		if !c.Verify(password) || c.Verify("wrong") {
			t.Errorf("with %s only", byIndex[i].name)
		}
	}
}

func TestNewCredentials(t *testing.T) {
	for n, want := range map[int]bool{
		-1: false, 1: false, MinIterations - 1: false, MinIterations: true, MaxIterations + 1: false, 0: true,
	} {
		c, err := NewCredentials("x", n, nil)
		if (err == nil) != want {
			t.Errorf("%d iterations: %v", n, err)
		}
		if n == 0 && c.keys[1].iterations != DefaultIterations {
			t.Errorf("0 iterations are %d", c.keys[1].iterations)
		}
	}
	for _, bad := range []string{"", "\x00", "a\x07", "\xff", "\ufdd0"} {
		if _, err := NewCredentials(bad, MinIterations, nil); !errors.Is(err, ErrPassword) {
			t.Errorf("%+q: %v", bad, err)
		}
	}
	if _, err := NewCredentials("x", MinIterations, bytes.NewReader(make([]byte, 3*saltSize-1))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short source of salts: %v", err)
	}
	a, _ := newCredentials("x", 1, nil)
	salts := map[string]bool{}
	for _, k := range a.keys {
		salts[string(k.salt)] = true
	}
	if b, _ := newCredentials("x", 1, nil); salts[string(b.keys[0].salt)] || len(salts) != hashes {
		t.Error("salts are used twice")
	}
}

// TestCredentialsVector reads the stored form of version 1 as it was first
// written, and writes it again.
func TestCredentialsVector(t *testing.T) {
	text, err := os.ReadFile("testdata/credentials_v1.txt")
	if err != nil {
		t.Fatal(err)
	}
	var raw []byte
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		b, err := hex.DecodeString(strings.Join(strings.Fields(line), ""))
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b...)
	}
	var c Credentials
	if err := c.UnmarshalBinary(raw); err != nil {
		t.Fatal(err)
	}
	if !c.Verify(password) || c.Verify("Pencil") {
		t.Error("the password is not pencil")
	}
	for i, h := range byIndex {
		if !verify(h, c.keys[i], password) {
			t.Errorf("the keys for %s are not pencil's", h.name)
		}
	}
	if again, err := c.MarshalBinary(); !bytes.Equal(again, raw) || err != nil {
		t.Errorf("written again: %x, %v", again, err)
	}
}

func TestCredentialsEncoding(t *testing.T) {
	for n := range 1 << hashes { // every set of hashes
		var c, read Credentials
		for i := range hashes {
			if n>>i&1 != 0 {
				c.keys[i] = quick.keys[i]
			}
		}
		b, _ := c.MarshalBinary()
		if err := read.UnmarshalBinary(b); err != nil || !equal(c, read) {
			t.Errorf("set %b: %v", n, err)
		}
		if n == 0 {
			continue
		}
		for i := range b { // no proper prefix is the whole
			if read.UnmarshalBinary(b[:i]) == nil && equal(c, read) {
				t.Errorf("set %b: %d of %d bytes suffice", n, i, len(b))
			}
		}
	}
}

func equal(a, b Credentials) bool {
	x, _ := a.MarshalBinary()
	y, _ := b.MarshalBinary()
	return bytes.Equal(x, y)
}

func TestCredentialsDamaged(t *testing.T) {
	good, _ := quick.MarshalBinary()
	edit := func(i int, b ...byte) []byte { return append(append(bytes.Clone(good[:i]), b...), good[i+len(b):]...) }
	for what, b := range map[string][]byte{
		"nothing":             {},
		"version 0":           edit(0, 0),
		"version 2":           edit(0, 2),
		"hash 0":              edit(1, 0),
		"hash 4":              edit(1, 4),
		"iterations 0":        edit(2, 0, 0, 0, 0),
		"too many iterations": edit(2, 0, 0x4c, 0x4b, 0x41),
		"iterations 2^32-1":   edit(2, 0xff, 0xff, 0xff, 0xff),
		"no salt":             edit(6, 0),
		"cut short":           good[:len(good)-1],
		"one byte more":       append(bytes.Clone(good), 0),
		"hash number only":    {1, 1},
		"twice":               append(bytes.Clone(good), good[1:]...),
		"wrong order":         append(append([]byte{1}, good[1+62:]...), good[1:1+62]...),
	} {
		c := quick
		if err := c.UnmarshalBinary(b); err == nil || !equal(c, quick) {
			t.Errorf("%s: %v", what, err)
		}
	}
	c := Credentials{}
	if err := c.UnmarshalBinary(good); err != nil {
		t.Fatal(err)
	}
	clear(good)
	if !c.Verify(password) {
		t.Error("the credentials share the bytes they were read from")
	}
}

// TestCredentialsArePrivate: no way of printing shows a key.
func TestCredentialsArePrivate(t *testing.T) {
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		got := strings.Trim(fmt.Sprintf(format, quick), `"`)
		if got != "sasl.Credentials" && got != hex.EncodeToString([]byte("sasl.Credentials")) {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func FuzzCredentials(f *testing.F) {
	b, _ := quick.MarshalBinary()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Credentials
		if c.UnmarshalBinary(b) != nil {
			return
		}
		if again, _ := c.MarshalBinary(); !bytes.Equal(again, b) {
			t.Fatalf("%x is written as %x", b, again)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	c, _ := NewCredentials(password, DefaultIterations, nil)
	for b.Loop() {
		c.Verify(password)
	}
}

func BenchmarkNewCredentials(b *testing.B) {
	for b.Loop() {
		_, _ = NewCredentials(password, DefaultIterations, nil)
	}
}

// BenchmarkServerSCRAM is what a login costs a server besides the lookup.
func BenchmarkServerSCRAM(b *testing.B) {
	c, _ := NewClient("SCRAM-SHA-256", "user", password, plainly("SCRAM-SHA-256"))
	first, _, _ := c.Step(nil)
	s, _ := NewServer("SCRAM-SHA-256", serverConfig())
	challenge, _, _ := step(s, first)
	final, _, _ := c.Step(challenge)
	b.ReportAllocs()
	for b.Loop() {
		s, _ := NewServer("SCRAM-SHA-256", serverConfig())
		_, _, _ = step(s, first)
		if _, state, _ := s.Step(final); state != Done {
			b.Fatal("no success")
		}
	}
}
