package main

import (
	"strings"
	"testing"
)

// goFile returns a Go file that imports these paths, the first of them in line 3.
func goFile(pkg string, imports ...string) string {
	var b strings.Builder
	b.WriteString("package " + pkg + "\n\n")
	for _, p := range imports {
		b.WriteString("import _ \"" + p + "\"\n")
	}
	return b.String()
}

func TestArrows(t *testing.T) {
	wantFindings(t, arrowsRule, files{
		"cmd/godwit/main.go":      goFile("main", "example.org/m/edge", "example.org/m/xmpp/xep", "example.org/m/store"),
		"codec/atom/atom.go":      goFile("atom", "strings"),
		"codec/codec.go":          goFile("codec", "example.org/m/codec/atom"),
		"codec/link/link.go":      goFile("link", "example.org/m/edge"),
		"edge/loop.go":            goFile("edge", "example.org/m/codec/xmltext", "example.org/m/xmpp/c2s"),
		"fuzz/model/model.go":     goFile("model", "example.org/m/store", "example.org/m/xmpp/c2s"),
		"newhouse/new.go":         goFile("newhouse", "example.org/m/codec"),
		"store/store.go":          goFile("store", "example.org/m/xmpp/jid", "example.org/m/xmpp/stanza"),
		"xmpp/c2s/c2s.go":         goFile("c2s", "example.org/m/xmpp/host", "example.org/m/codec/atom", "example.org/m/store"),
		"xmpp/c2s/c2s_test.go":    goFile("c2s", "example.org/m/store", "example.org/m/xmpp/xmpptest", "example.org/m/cmd/godwit/wire"),
		"xmpp/client/client.go":   goFile("client", "example.org/m/codec/link", "example.org/m/xmpp/router"),
		"xmpp/xep/ping.go":        goFile("xep", "example.org/m/xmpp/im", "example.org/m/xmpp/c2s"),
		"xmpp/xmpptest/dialog.go": goFile("xmpptest", "example.org/m/xmpp/c2s"),
	}.repo(),
		"codec/link/link.go:3: codec/link may not import edge",
		"edge/loop.go:4: edge may not import xmpp/c2s, only codec/..., xmpp/stream",
		"newhouse/new.go:3: newhouse has no row in the table of arrows",
		"store/store.go:4: store may not import xmpp/stanza",
		"xmpp/c2s/c2s.go:5: xmpp/c2s may not import store",
		"xmpp/c2s/c2s_test.go:5: a test outside cmd imports cmd/godwit/wire",
		"xmpp/client/client.go:4: xmpp/client may not import xmpp/router",
		"xmpp/xep/ping.go:4: xmpp/xep may not import xmpp/c2s",
	)
}

func TestInAny(t *testing.T) {
	for _, c := range []struct {
		patterns, pkg string
		want          bool
	}{
		{"codec", "codec", true},
		{"codec", "codec/atom", false},
		{"codec/...", "codec", true},
		{"codec/...", "codec/atom", true},
		{"codec/...", "codecs", false},
		{"edge codec/atom", "codec/atom", true},
		{"...", "anything", true},
		{"", "codec", false},
	} {
		if got := inAny(c.patterns, c.pkg); got != c.want {
			t.Errorf("inAny(%q, %q) = %v", c.patterns, c.pkg, got)
		}
	}
}
