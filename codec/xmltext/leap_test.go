package xmltext

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// A declaration that the careful states read in a tag that leap began, because blanks filled the window between, was not in force.
func TestDeclarationFarBehindItsName(t *testing.T) {
	known := "<iq><ping xmlns='urn:xmpp:ping'/></iq>"
	for blanks := 1; blanks < 10_000; blanks += 97 {
		for _, held := range []bool{false, true} {
			d, s := opened(t, clientHeader), new(codec.Scratch)
			text := []byte(known + "<iq><ping" + strings.Repeat(" ", blanks) + "xmlns='urn:xmpp:ping'/></iq>")
			if held {
				s.Hold(text)
			}
			for len(text) > 0 {
				n, ev, err := d.Decode(text, s)
				if err != nil || ev != codec.EventElement {
					t.Fatal(ev, err)
				}
				if ping := s.Tree.Root().First(); !ping.Is(atom.NSPing, atom.Ping) {
					t.Fatalf("%d blanks, held %v: in the namespace %q", blanks, held, ping.Namespace())
				}
				text = text[n:]
			}
			s.Hold(nil)
		}
	}
}
