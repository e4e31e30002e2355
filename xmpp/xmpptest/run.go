package xmpptest

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Domain is the domain of the server in dialogues.
const Domain = "example.org"

// RunFiles runs the dialogues that match pattern, each section as a subtest of its file's. With rewrite their
// expectations are made anew from what is received.
func RunFiles(t *testing.T, pattern string, server Server, rewrite bool) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no dialogues (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runFile(t, file, server, rewrite) })
	}
}

func runFile(t *testing.T, file string, server Server, rewrite bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, s := range sections {
		if len(s.steps) == 0 {
			continue
		}
		t.Run(cmp.Or(s.title, "dialogue"), func(t *testing.T) {
			r := &runner{t: t, file: file, w: New(t, Domain, server), captures: make(Captures), rewrite: rewrite}
			r.run(s)
		})
	}
	if rewrite && write(sections) != string(text) {
		if err := os.WriteFile(file, []byte(write(sections)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runner runs one section.
type runner struct {
	t        *testing.T
	file     string
	w        *World
	captures Captures
	rewrite  bool
}

func (r *runner) run(s *section) {
	if r.rewrite {
		r.rewriteSection(s)
		return
	}
	for _, st := range s.steps {
		if !st.verb.expects && !st.verb.silences {
			r.checkQuiet(st)
		}
		if err := st.verb.run(r, st); err != nil {
			r.t.Fatalf("%s:%d: %s\n%v", r.file, st.line, st.text, err)
		}
	}
	r.checkQuiet(&step{text: "the end"})
}

// checkQuiet fails when somebody has received what no line has said. Lines that forget are no events.
func (r *runner) checkQuiet(st *step) {
	if strings.HasSuffix(st.text, " forgets") {
		return
	}
	for _, c := range r.w.sortedClients() {
		if len(c.received) > 0 {
			r.t.Fatalf("%s:%d: before %q: %s has received\n%s", r.file, st.line, st.text, c.name, c.received[0])
		}
		if c.ended && !c.told {
			r.t.Fatalf("%s:%d: before %q: %s's stream has ended", r.file, st.line, st.text, c.name)
		}
		if c.broken != nil {
			r.t.Fatalf("%s:%d: before %q: %s has received no XML: %v", r.file, st.line, st.text, c.name, c.broken)
		}
	}
}

func (w *World) sortedClients() (clients []*Client) {
	for _, c := range w.clients {
		clients = append(clients, c)
	}
	slices.SortFunc(clients, func(a, b *Client) int { return strings.Compare(a.name, b.name) })
	return clients
}

// request is a subscription request as a roster keeps it.
func (w *World) request(from, to jid.JID) []byte {
	var b codec.Builder
	e := b.Start(atom.NSClient, atom.Presence).Attr(atom.From, from.String()).Attr(atom.To, to.String()).
		Attr(atom.Type, "subscribe").Element()
	stored, _ := compact.Encoder{}.AppendSplit(nil, e)
	return stored
}
