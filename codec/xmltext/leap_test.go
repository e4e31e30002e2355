package xmltext

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// A declaration that the careful states read in a tag that leap began, because blanks filled the window between, was not in force when the input ended
// behind it.
func TestDeclarationFarBehindItsName(t *testing.T) {
	d, s := opened(t, clientHeader), new(codec.Scratch)
	decode := func(text string, want codec.Event) {
		if n, ev, err := d.Decode([]byte(text), s); n != len(text) || ev != want || err != nil {
			t.Fatal(n, ev, err)
		}
	}
	for blanks := 1; blanks < 10_000; blanks += 97 {
		decode("<iq><ping xmlns='urn:xmpp:ping'/></iq>", codec.EventElement) // which makes the names known
		decode("<iq><ping"+strings.Repeat(" ", blanks)+"xmlns='urn:xmpp:ping'", codec.EventNone)
		decode("/></iq>", codec.EventElement)
		if ping := s.Tree.Root().First(); !ping.Is(atom.NSPing, atom.Ping) {
			t.Fatalf("behind %d blanks the namespace is %q", blanks, ping.Namespace())
		}
	}
}
