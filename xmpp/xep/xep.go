package xep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
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

// errRemoved says that the account of a session is not there any more. The session will hear of it; until then its requests are answered as those to an account that does not
// exist (RFC 6121 §8.5.1).
var errRemoved = errors.New("xep: the account was removed")

// commit changes what the store has of an account, unless that was removed: the next owner of its name would have it. It waits for the disk: call it in a job.
func commit(s *store.Store, account jid.JID, change func(tx *store.Tx, account jid.JID) error) error {
	return s.Do(context.Background(), func(tx *store.Tx) error {
		switch ok, err := tx.HasAccount(account); {
		case err != nil:
			return err
		case !ok:
			return errRemoved
		}
		return change(tx, account)
	})
}

// refuse answers with a stanza error.
func refuse(condition atom.Atom) func(r *host.Reply) {
	return func(r *host.Reply) { r.Fail(condition, "") }
}
