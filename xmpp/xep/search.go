package xep

import (
	"strings"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
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

// readers bound how many messages an account's queries look through beyond those that they find.
type readers struct {
	mu    sync.Mutex
	rate  int // messages a second
	burst int
	debts map[jid.JID]debt
}

// debt is what an account has had looked through; it is forgiven with time.
type debt struct {
	messages int
	at       time.Time
}

// maxDebts is how many debts are kept before those that are forgiven are thrown away.
const maxDebts = 1_000

// left returns what is left of a debt. at may be in the future, of another session's clock.
func (r *readers) left(d debt, now time.Time) int {
	return max(0, d.messages-int(min(max(0, now.Sub(d.at)), time.Hour).Seconds()*float64(r.rate)))
}

// may reports whether the account may have more looked through.
func (r *readers) may(account jid.JID, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left(r.debts[account], now) <= r.burst
}

// charge notes what was looked through.
func (r *readers) charge(account jid.JID, messages int, now time.Time) {
	if messages <= 1 {
		return // the one that shows that there is another page
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.debts) >= maxDebts {
		for j, d := range r.debts {
			if r.left(d, now) == 0 {
				delete(r.debts, j)
			}
		}
	}
	r.debts[account] = debt{r.left(r.debts[account], now) + messages, now}
}
