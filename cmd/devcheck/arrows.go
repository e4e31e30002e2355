package main

import (
	"fmt"
	"strings"
)

// vocabulary is what all of the protocol is written in.
const vocabulary = " xmpp/jid xmpp/ns xmpp/stanza codec codec/archiveid"

// arrows says who may import whom among our own packages. Both columns list
// packages by folder; "x/..." is x and all below it. Every package may import
// codec/atom, which is names as integers and nothing else. Test files may
// import any package of ours but cmd's.
var arrows = []struct{ from, to string }{
	{"cmd/...", "cmd/... edge/... codec/... xmpp/... store/... bench/..."},
	{"bench/corpus", "fuzz/corpus"}, // it holds the examples of the XEPs
	{"bench/...", "bench/... edge/... xmpp/client xmpp/stream xmpp/sasl xmpp/jid codec/... store"},
	{"fuzz/...", "..."},

	{"edge/...", "codec/... xmpp/stream"},

	{"xmpp/c2s xmpp/s2s xmpp/component", "xmpp/host xmpp/router xmpp/sasl xmpp/stream" + vocabulary},
	{"xmpp/xep/...", "xmpp/im xmpp/muc xmpp/pubsub xmpp/host xmpp/router store" + vocabulary},
	{"xmpp/im xmpp/muc xmpp/pubsub", "xmpp/host xmpp/router xmpp/stream store" + vocabulary},
	{"xmpp/host", "xmpp/router xmpp/sasl xmpp/stream store" + vocabulary},
	{"xmpp/router", "xmpp/stream" + vocabulary},
	{"xmpp/client/...", "xmpp/client/... xmpp/stream xmpp/sasl codec/..." + vocabulary},
	{"xmpp/stream", vocabulary},
	{"xmpp/sasl", vocabulary},
	{"xmpp/stanza", "xmpp/jid xmpp/ns codec"},
	{"xmpp xmpp/jid xmpp/ns", ""},

	{"store/...", "store/... xmpp/jid"},

	{"codec/xmltext", "codec codec/plane"},
	{"codec/compact codec/compress", "codec"},
	{"codec/link", "codec/pack codec/archiveid"},
	{"codec/pack", "codec/archiveid codec/pack/..."},
	{"codec/pack/text", "codec/pack/coder"},
	{"codec codec/atom codec/archiveid codec/pack/coder codec/plane", ""},
}

var arrowsRule = Rule{
	Name: "arrows",
	Says: "packages of ours import each other along the arrows, never against them",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Go() {
			for _, spec := range f.AST.Imports {
				to, own := r.ownPackage(importPath(spec))
				if !own {
					continue
				}
				if say := judgeImport(f, to); say != "" {
					found = append(found, Finding{f.Path, r.Line(spec.Pos()), say})
				}
			}
		}
		return found
	},
}

// judgeImport says what is wrong with f importing our package to; nothing wrong
// is "".
func judgeImport(f *File, to string) string {
	from := f.Package()
	if f.ForTests() {
		if inAny("cmd/...", to) && !inAny("cmd/...", from) {
			return "a test outside cmd imports " + to + ": test the package below it instead"
		}
		return ""
	}
	if to == "codec/atom" {
		return ""
	}
	for _, a := range arrows {
		if !inAny(a.from, from) {
			continue
		}
		if inAny(a.to, to) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s, only %s: take it as an argument or an interface, or move the code",
			from, to, strings.Join(strings.Fields(a.to), ", "))
	}
	return from + " has no row in the table of arrows: add one in cmd/devcheck/arrows.go, or find the package a home"
}

// inAny reports whether pkg is matched by one of the patterns, which are
// separated by spaces: a package, "x/..." for x and all below it, or "..." for
// anything.
func inAny(patterns, pkg string) bool {
	for p := range strings.FieldsSeq(patterns) {
		tree, isTree := strings.CutSuffix(p, "/...")
		if p == "..." || p == pkg || isTree && (pkg == tree || strings.HasPrefix(pkg, tree+"/")) {
			return true
		}
	}
	return false
}
