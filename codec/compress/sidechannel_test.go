package compress

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// guesses is how often the attacker of TestSideChannel tries.
func guesses() int {
	if raceEnabled {
		return 2_000 // pools forget, and a compressor is large
	}
	return 100_000
}

// TestSideChannel is the attack on compressed streams: an attacker who can send messages to a victim guesses a secret that the server sends to the victim
// in another stanza, and looks at the lengths on the wire. The length of the secret's stanza must be the same whatever came before, and that of the guess
// the same whatever the secret is: there is nothing to correlate.
func TestSideChannel(t *testing.T) {
	t.Parallel() // it takes long
	for _, method := range []Method{Zlib, Godwit} {
		enc := NewEncoder(method, xmltext.Encoder{})
		secrets := [2]*stanza{newStanza(secretStanza("juliet.capulet")), newStanza(secretStanza("rosaline.x7fq1"))}
		var want [2]int
		for i, s := range secrets {
			want[i] = len(enc.AppendElement(nil, s.element()))
		}
		r := rand.New(rand.NewPCG(7, 7))
		var dst []byte
		guess := new(stanza)
		for n := range guesses() {
			guess.read(guessStanza(guessed(r)))
			var alone, after [2]int
			for i, s := range secrets {
				dst = enc.AppendElement(dst[:0], guess.element())
				alone[i] = len(dst)
				dst = enc.AppendElement(dst[:0], s.element())
				after[i] = len(dst)
			}
			if after != want || alone[0] != alone[1] {
				t.Fatalf("%s, guess %d: the secrets have %v bytes behind it, %v without it; the guess has %v", method, n, after, want, alone)
			}
		}
	}
}

// TestSideChannelOfAWindow is the control: with a window that outlasts a stanza, as zlib is mostly used, the same attack finds the secret.
func TestSideChannelOfAWindow(t *testing.T) {
	length := func(guess string) int {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write([]byte(guessStanza(guess)))
		z.Flush()
		before := b.Len()
		z.Write([]byte(secretStanza("juliet.capulet")))
		z.Flush()
		return b.Len() - before
	}
	right, r := length("juliet.capulet"), rand.New(rand.NewPCG(8, 8))
	for range 100 {
		if g := guessed(r); g != "juliet.capulet" && length(g) <= right {
			t.Errorf("the wrong guess %s looks as good as the right one: the attack does not work", g)
		}
	}
}

// guessed returns a guess: one of some names, or any letters. One in 50 is right.
func guessed(r *rand.Rand) string {
	if r.IntN(50) == 0 {
		return "juliet.capulet"
	}
	return fmt.Sprintf("%c%x.%x", 'a'+rune(r.IntN(26)), r.Uint32()>>8, r.Uint32()>>4)
}

func secretStanza(secret string) string {
	return "<iq type='result' id='roster' to='romeo@example.org/orchard'><query xmlns='jabber:iq:roster'><item jid='" + secret + "@example.org' subscription='both'/></query></iq>"
}

func guessStanza(guess string) string {
	return "<message from='tybalt@example.net/sword' to='romeo@example.org' type='chat'><body>item jid='" + guess + "@example.org' subscription='both'</body></message>"
}

// stanza is a parsed stanza.
type stanza struct{ scratch codec.Scratch }

func newStanza(text string) *stanza {
	s := new(stanza)
	s.read(text)
	return s
}

func (s *stanza) read(text string) {
	d := xmltext.NewDecoder(nil)
	p := []byte(header + text)
	n, _, err := d.Decode(p, &s.scratch)
	if err == nil {
		_, _, err = d.Decode(p[n:], &s.scratch)
	}
	if err != nil {
		panic(err)
	}
}

func (s *stanza) element() codec.Element { return s.scratch.Tree.Root() }
