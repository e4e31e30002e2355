package xep

import (
	"strings"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
)

var _ = add(Extension{
	Number: 431, Name: "Full Text Search in MAM", Version: "0.2.0",
	Notes: "all the words, in any order and case, anywhere in the bodies; it reads, there is no index",
	Register: func(h *host.Host, _ Config) {
		h.Feature(host.Account, "urn:xmpp:fulltext:0") // §2.1
	},
})

// maxSearch is how many bytes a search may have.
const maxSearch = 1_024

// readText wants the messages with all the words of a text (§3.1, §3.2).
func (q *archiveQuery) readText(values [][]byte) bool {
	q.words, q.filtered = strings.Fields(strings.ToLower(string(values[0]))), true
	return len(values[0]) <= maxSearch
}

// has reports whether the bodies of a message have all the words.
func (p *archivePage) has(e *store.Entry) bool {
	if p.host.Parse(e.Stanza, &p.tree) != nil {
		return false
	}
	var text string
	for c := range p.tree.Root().Children() {
		if c.Is(atom.NSClient, atom.Body) {
			text += strings.ToLower(string(c.Text())) + "\n"
		}
	}
	for _, w := range p.query.words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
