package corpus

import (
	"bytes"
	"testing"
)

func TestSharesMakeAThousand(t *testing.T) {
	sum := 0
	for _, k := range kinds {
		sum += k.share
	}
	if sum != 1000 {
		t.Errorf("the shares of kinds make %d, want 1000", sum)
	}
	sum = 0
	for _, s := range bodyShares {
		sum += s.percent
		if len(bodies()[s.language]) == 0 {
			t.Errorf("no bodies in %s", s.language)
		}
	}
	if sum != 100 || len(bodies()) != len(bodyShares) {
		t.Errorf("the shares of %d languages make %d, want 100 for %d", len(bodyShares), sum, len(bodies()))
	}
}

// The proportions that doc.go and the results speak of.
func TestTrafficIsAsDescribed(t *testing.T) {
	c := Traffic(1, 4_000_000)
	stanzas, single, acks, other := c.Stanzas(), 0, 0, 0
	for _, s := range stanzas {
		if bytes.IndexByte(s, '\'') >= 0 && s[bytes.IndexByte(s, '=')+1] == '\'' {
			single++
		}
		if bytes.Contains(s, []byte("urn:xmpp:sm:3")) {
			acks++
		}
	}
	for _, b := range c.Stream {
		if b >= 0x80 {
			other++
		}
	}
	within := func(what string, got, low, high float64) {
		if got < low || got > high {
			t.Errorf("%s: %.2f, want %v to %v", what, got, low, high)
		}
	}
	n := float64(len(stanzas))
	within("bytes an element", float64(len(c.Stream))/n, 510, 560)
	within("% of elements with single quotes", 100*float64(single)/n, 68, 72)
	within("% of elements that are acks", 100*float64(acks)/n, 5.5, 6.5)
	within("% of bytes that are not ASCII", 100*float64(other)/float64(len(c.Stream)), 1, 1.2)
	within("< an element", float64(bytes.Count(c.Stream, []byte("<")))/n, 9, 10.5)
}

func TestNothingRepeats(t *testing.T) {
	seen, again := make(map[string]bool), 0
	for _, s := range Traffic(1, 1_000_000).Stanzas() {
		if len(s) > 60 && seen[string(s)] { // shorter ones are acks
			again++
		}
		seen[string(s)] = true
	}
	if again > 0 {
		t.Errorf("%d elements are repeated", again)
	}
}
