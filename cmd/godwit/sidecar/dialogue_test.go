package sidecar

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

var rewrite = flag.Bool("rewrite", false, "make the expectations of the dialogues anew")

// In a dialogue a line is an input, and those below it that begin with a tab are what follows. What comes from the server, and what goes to it, is written as XML. The inputs:
//
//	tls | plain        a new Relay
//	client XML         read from the client, one line
//	server XML         the same, from the server
//	linked | failed | secured | direct DOMAIN | alive
const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogues", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		var w world
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "\t") {
				continue
			}
			got.WriteString(line)
			if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "---") {
				got.WriteString(w.do(t, line))
			}
		}
		switch {
		case *rewrite:
			if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		case got.String() != string(text):
			t.Errorf("%s: go test -rewrite makes it\n%s", file, got.String())
		}
	}
}

// world is a Relay between two ends.
type world struct {
	relay *Relay
	items *compact.Decoder // of the server
	ids   int
}

// do gives the Relay an input and writes down what follows.
func (w *world) do(t *testing.T, line string) string {
	t.Helper()
	var out Output
	what, rest, _ := strings.Cut(line, " ")
	switch what {
	case "tls", "plain":
		w.ids = 0
		w.relay = NewRelay(what == "tls", nil, func() string { w.ids++; return fmt.Sprint("id", w.ids) })
		w.items = compact.NewDecoder(nil)
		return ""
	case "client":
		w.relay.Client([]byte(rest), &out)
	case "blank":
		w.relay.Client([]byte(" \n"), &out)
	case "server":
		if err := w.relay.Server(itemsOf(t, rest), &out); err != nil {
			return fmt.Sprintf("\t%v\n", err)
		}
	case "nonsense":
		if err := w.relay.Server([]byte("\x01\x7f"), &out); err != nil {
			return fmt.Sprintf("\t%v\n", err)
		}
	case "linked":
		w.relay.Linked(&out)
	case "failed":
		w.relay.Failed(atom.RemoteConnectionFailed, "nobody is there", &out)
	case "secured":
		w.relay.Secured()
	case "direct":
		w.relay.Direct(rest)
	case "alive":
		w.relay.ServerAlive(&out)
	default:
		t.Fatalf("no such input: %s", line)
	}
	return w.describe(t, &out)
}

func (w *world) describe(t *testing.T, out *Output) string {
	t.Helper()
	var b strings.Builder
	say := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\t%s %s\n", what, text)
		}
	}
	say("client <-", strings.ReplaceAll(string(out.Client), "\n", `\n`))
	say("server <-", w.xmlOf(t, out.Server))
	say("next time", out.Place)
	say("make a link to", out.Dial)
	say("start TLS as", out.Secure)
	if out.Alive {
		b.WriteString("\tkeepalive\n")
	}
	if out.End {
		b.WriteString("\tend\n")
	}
	if w.relay.Waits() {
		b.WriteString("\twait\n")
	}
	return b.String()
}

// itemsOf returns what XML says as items.
func itemsOf(t *testing.T, text string) (items []byte) {
	t.Helper()
	if items = itemsIn(text); items == nil {
		t.Fatalf("no XML: %s", text)
	}
	return items
}

// itemsIn is itemsOf; nil when the text is no XML.
func itemsIn(text string) (items []byte) {
	text, closes := strings.CutSuffix(text, "</stream:stream>")
	opens := strings.HasPrefix(text, "<stream:stream")
	if opens {
		text = strings.TrimSuffix(header, ">") + strings.TrimPrefix(text, "<stream:stream")
	} else {
		text = header + text
	}
	d, s := xmltext.NewDecoder(&codec.Limits{}), codec.Scratch{}
	for p := []byte(text); len(p) > 0; {
		n, ev, err := d.Decode(p, &s)
		switch {
		case err != nil:
			return nil
		case ev == codec.EventOpen && opens:
			items = compact.Encoder{}.AppendOpen(items, s.Tree.Root())
		case ev == codec.EventElement:
			items = compact.Encoder{}.AppendElement(items, s.Tree.Root())
		}
		p = p[n:]
	}
	if closes {
		items = compact.Encoder{}.AppendClose(items)
	}
	return items
}

// xmlOf returns what the server reads.
func (w *world) xmlOf(t *testing.T, items []byte) string {
	t.Helper()
	var text []byte
	var s codec.Scratch
	for len(items) > 0 {
		if items[1] == 2 {
			w.items.Restart() // a header: it may be a new one
		}
		n, ev, err := w.items.Decode(items, &s)
		switch {
		case err != nil:
			t.Fatalf("the server does not understand: %v", err)
		case ev == codec.EventOpen:
			text = xmltext.Encoder{}.AppendOpen(text, s.Tree.Root())
		case ev == codec.EventElement:
			text = xmltext.Encoder{}.AppendElement(text, s.Tree.Root())
		case ev == codec.EventClose:
			text = xmltext.Encoder{}.AppendClose(text)
		}
		items = items[n:]
	}
	return string(bytes.ReplaceAll(text, []byte("\n"), []byte(`\n`)))
}
