package main

import "testing"

func TestTodo(t *testing.T) {
	wantFindings(t, todoRule, files{"xmpp/c2s/sm.go": `package c2s

// TODO RFC 6120 §4.6: answer silence
// TODO XEP-0313 §5.3: flip pages

// A comment may say that a TODO is a mark.
var a = 1 // TODO later

/* TODO(me): this
   FIXME that */

// TODO XEP-0313: no section
// TODO RFC 6120 §4.6
// see below, TODO: more
const text = "// TODO in a string"
`}.repo(),
		"xmpp/c2s/sm.go:7: TODO later: write // TODO RFC nnnn §x: … or // TODO XEP-nnnn §x: …",
		"xmpp/c2s/sm.go:9: TODO(me): this",
		"xmpp/c2s/sm.go:10: FIXME that",
		"xmpp/c2s/sm.go:12: TODO XEP-0313: no section",
		"xmpp/c2s/sm.go:13: TODO RFC 6120 §4.6",
		"xmpp/c2s/sm.go:14: TODO: more",
	)
}
