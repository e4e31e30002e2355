package xep

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
)

// Config is what extensions can be told. The zero value is good.
type Config struct {
	// Version is the version of the program that XEP-0092 tells; empty: not told.
	Version string

	// Archive bounds queries of archives.
	Archive ArchiveLimits
}

// Extension is one XEP as the server supports it.
type Extension struct {
	Number  int    // of the XEP
	Name    string // its title
	Version string // of the XEP that was built
	Notes   string // what is missing, or where it lives
	// Register puts the extension on a host; nil for one that lives elsewhere.
	Register func(h *host.Host, c Config)
}

var extensions []Extension

// add declares an extension: call it in a variable declaration of the extension's file.
func add(e Extension) Extension {
	extensions = append(extensions, e)
	return e
}

// Register puts every extension on the host.
func Register(h *host.Host, c Config) {
	h.Identity(host.Identity{Scope: host.Server, Category: "server", Type: "im", Name: "Godwit"})
	h.Identity(host.Identity{Scope: host.Account, Category: "account", Type: "registered"})
	for _, e := range All() {
		if e.Register != nil {
			e.Register(h, c)
		}
	}
}

// All returns the supported extensions by number.
func All() []Extension {
	return slices.SortedFunc(slices.Values(extensions), func(a, b Extension) int { return cmp.Compare(a.Number, b.Number) })
}

// WriteTable writes the extensions as a table in Markdown.
func WriteTable(w io.Writer) {
	fmt.Fprintln(w, "# Supported extensions\n\nMade by `go generate ./xmpp/xep` from the registrations.\n\n| XEP | title | version | notes |\n|---|---|---|---|")
	for _, e := range All() {
		fmt.Fprintf(w, "| XEP-%04d | %s | %s | %s |\n", e.Number, e.Name, e.Version, e.Notes)
	}
}

// mayKnow runs yes in a job, and then what yes returns, if the asking session may know the presence of the account that it asks: its
// own, or one that lets it see its presence (RFC 6121 §3). Others get no, and so does who asks an account that does not exist.
func mayKnow(q *host.Request, no func(r *host.Reply), yes func() func(r *host.Reply)) {
	s, of, asker, own := q.Host.Store, q.Of, q.Session.JID.Bare(), q.Own()
	q.Do(func() func(r *host.Reply) {
		if own {
			return yes()
		}
		item, ok, err := s.RosterItem(of, asker)
		seen := item.Subscription == store.SubscriptionFrom || item.Subscription == store.SubscriptionBoth
		if err != nil || !ok || !seen {
			return no
		}
		return yes()
	})
}

// refuse answers with a stanza error.
func refuse(condition atom.Atom) func(r *host.Reply) {
	return func(r *host.Reply) { r.Fail(condition, "") }
}
