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

// A letter that differs from a quote in its highest bits alone was taken for one around a namespace that the element had declared before.
func TestOnlyQuotesAreQuotes(t *testing.T) {
	for c := 1; c < 0x80; c++ {
		d, s := opened(t, clientHeader), new(codec.Scratch)
		for range 2 { // which makes the names known, and the namespace
			if _, _, err := d.Decode([]byte("<iq><ping xmlns='urn:xmpp:ping'/><ping from='a' xmlns='urn:xmpp:ping'/></iq>"), s); err != nil {
				t.Fatal(err)
			}
		}
		q := string(rune(c))
		for _, text := range []string{
			"<iq><ping xmlns=" + q + "urn:xmpp:ping" + q + "/></iq>                    ",
			"<iq><ping from='a' xmlns=" + q + "urn:xmpp:ping" + q + "/></iq>           ",
			"<iq><ping from=" + q + "a" + q + "/></iq>                                 ",
		} {
			d := opened(t, clientHeader)
			_, ev, err := d.Decode([]byte(text), s)
			if quote := c == '"' || c == '\''; (ev == codec.EventElement) != quote || (err == nil) != quote {
				t.Errorf("%q: event %d, %v", text, ev, err)
			}
		}
	}
}

// An element whose name the careful states knew, and whose tag leap went on with, lacked the namespace that only the header declares.
func TestNamespaceOfTheHeaderInATagReadByBoth(t *testing.T) {
	d, s := opened(t, "<stream xmlns='http://etherx.jabber.org/streams'>"), new(codec.Scratch)
	for blanks := 1; blanks < 10_000; blanks += 97 {
		text := "<é" + strings.Repeat(" ", blanks) + "/>"
		for cut := range min(len(text), 80) {
			for _, piece := range []string{text[:cut], text[cut:]} {
				if _, _, err := d.Decode([]byte(piece), s); err != nil {
					t.Fatal(err)
				}
			}
			if root := s.Tree.Root(); string(root.Namespace()) != "http://etherx.jabber.org/streams" || len(s.Tree.Nodes) != 2 {
				t.Fatalf("%d blanks, cut at %d: the namespace is %q, of %d nodes", blanks, cut, root.Namespace(), len(s.Tree.Nodes))
			}
		}
	}
}
