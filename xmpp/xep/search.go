package xep

import (
	"bytes"
	"slices"

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

const (
	// lowering is how many times as much it costs to put a text into lower case as to look for a word in it.
	lowering = 8
	// fruitless is how much more text a search goes through before it has found a message: as with messages, see store.ArchiveQuery.
	fruitless = 10
)

// readText wants the messages with all the words of a text (§3.1, §3.2).
func (q *archiveQuery) readText(values [][]byte) bool {
	if len(values[0]) > maxSearch {
		return false
	}
	q.words, q.filtered = bytes.Fields(bytes.ToLower(values[0])), true
	slices.SortFunc(q.words, bytes.Compare)
	q.words = slices.CompactFunc(q.words, bytes.Equal)
	return true
}

// has reports whether the bodies of a message have all the words. When enough text was gone through it says yes unseen, and take ends the page there.
func (p *archivePage) has(e *store.Entry) bool {
	if p.spent = p.textCost() >= p.mostText(); p.spent {
		return true
	}
	if p.host.Parse(e.Stanza, &p.tree) != nil {
		return false
	}
	p.text = p.text[:0]
	for c := range p.tree.Root().Children() {
		if c.Is(atom.NSClient, atom.Body) {
			p.text = append(append(p.text, bytes.ToLower(c.Text())...), '\n')
		}
	}
	p.searched += lowering * len(p.text)
	for _, w := range p.query.words {
		if !bytes.Contains(p.text, w) {
			return false
		}
		p.searched += len(p.text)
	}
	return true
}

// textCost is what was done with the text, counted as messages are.
func (p *archivePage) textCost() int { return p.searched / store.ScanUnit }

// mostText is what textCost may come to before the page ends.
func (p *archivePage) mostText() int {
	if p.found == 0 {
		return fruitless * p.limits.Scan
	}
	return p.limits.Scan
}
