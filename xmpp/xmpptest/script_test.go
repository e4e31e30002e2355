package xmpptest

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// echo is a machine that says what it hears, and what time it is, after a while.
type echo struct{}

func (m *echo) Step(in *stream.Input, out *stream.Output) {
	switch in.Kind {
	case stream.Header:
		out.SendHeader(out.Build().Start(atom.NSStreams, atom.Stream).Attr(atom.Version, "1.0").Element())
	case stream.Element:
		out.Send(in.Element)
		out.SetTimer(in.Now.Add(10 * time.Second))
	case stream.Tick:
		now := in.Now
		out.Do(func() any { return now.Format(time.TimeOnly) })
	case stream.Result:
		out.Send(out.Build().Start(atom.NSClient, atom.Time).Text(in.Result.(string)).Element())
	case stream.Footer, stream.Shutdown:
		out.SendFooter()
		out.Close()
	}
}

func echoServer(string, *store.Store, func() time.Time, *slog.Logger) (Instance, error) {
	return Instance{NewMachine: func() stream.Machine { return new(echo) }}, nil
}

const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

const dialogue = `# A comment.

--- echo
a/b connects plainly
a/b sends:
	` + header + `<x/>

a/b receives:
	<x/>

account b
account a
a/b sends:
	<x id='{a#2}'>{b#300}</x>

a/b receives:
	<x id='{a#2}'>{b#300}</x>

# Nine seconds are not ten.
clock +9s
a/b receives nothing
clock +1s

a/b receives:
	<time>12:00:10</time>

a/b closes

a/b's stream ends
`

func TestDialogueIsRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "echo.txt")
	if err := os.WriteFile(file, []byte(dialogue), 0o644); err != nil {
		t.Fatal(err)
	}
	RunFiles(t, file, echoServer, false)
}

// TestRewriting takes the expectations away, or makes them wrong, and has them made anew.
func TestRewriting(t *testing.T) {
	for name, text := range map[string]string{
		"as it is": dialogue,
		"without":  strings.NewReplacer("\na/b receives:\n\t<x/>\n", "", "\na/b receives:\n\t<x id='{a#2}'>{b#300}</x>\n", "", "\na/b receives:\n\t<time>12:00:10</time>\n", "", "\na/b's stream ends\n", "").Replace(dialogue),
		"wrong":    strings.NewReplacer("\t<x/>", "\t<y/>", "receives:\n\t<x id='{a#2}'>{b#300}", "receives:\n\t<x id='{b#2}'>{b#3}", "12:00:10", "13:00").Replace(dialogue),
	} {
		file := filepath.Join(t.TempDir(), "echo.txt")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		RunFiles(t, file, echoServer, true)
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != dialogue {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

func TestScriptErrors(t *testing.T) {
	for text, want := range map[string]string{
		"account a\nwhat is this":     "line 2",
		"account a\n\tindented":       "line 2",
		"a/b sends: <presence/>":      "line 1",
		"ok/x connects\na/b receives": "line 2",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestKeptElementIsFoundOut shows that a machine cannot keep what it was given.
func TestKeptElementIsFoundOut(t *testing.T) {
	kept := new(keeper)
	w := New(t, Domain, func(string, *store.Store, func() time.Time, *slog.Logger) (Instance, error) {
		return Instance{NewMachine: func() stream.Machine { return kept }}, nil
	})
	c := w.Connect("a/b")
	c.Send(header + "<message id='kept'/>")
	if string(kept.id) == "kept" || len(kept.id) != len("kept") {
		t.Errorf("kept %q", kept.id)
	}
}

type keeper struct{ id []byte }

func (k *keeper) Step(in *stream.Input, _ *stream.Output) {
	if in.Kind == stream.Element {
		k.id = in.Element.Attr(atom.ID)
	}
}
