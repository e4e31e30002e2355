package xep

import (
	"bytes"
	"slices"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// archiveQuery is a query of an archive as it was understood. It holds nothing of the request.
type archiveQuery struct {
	store.ArchiveQuery
	key      archiveid.Key // of the archive
	page     pageBounds    // of the page that is asked for
	must     []uint64      // entries that it names: they have to be there; 0 for an id that is none
	id       []byte        // queryid; nil: not given
	words    [][]byte      // to find in the bodies, each once
	flip     bool
	count    bool // no entries are wanted
	index    int  // of the first entry wanted, -1: not given
	filtered bool // it does not want all that is in the archive
}

type formFieldKind struct {
	name, kind string
	read       func(q *archiveQuery, values [][]byte) bool
}

// formFields are the fields of the form (§4.1), with their types in the form that is to be filled in.
var formFields = []formFieldKind{
	{"with", "jid-single", (*archiveQuery).readWith},
	{"start", "text-single", (*archiveQuery).readStart},
	{"end", "text-single", (*archiveQuery).readEnd},
	{"before-id", "text-single", (*archiveQuery).readBefore},
	{"after-id", "text-single", (*archiveQuery).readAfter},
	{"ids", "list-multi", (*archiveQuery).readIDs},
	{"include-groupchat", "boolean", (*archiveQuery).readGroupchat},
	{"{urn:xmpp:fulltext:0}fulltext", "text-single", (*archiveQuery).readText}, // XEP-0431 §3.1
}

// maxQueryID is how many bytes the id of a query may have: each result repeats it.
const maxQueryID = 1_024

// parse reads a query of that account's archive. condition is atom.Unknown when it was understood.
func (a *archive) parse(e codec.Element, of jid.JID) (q archiveQuery, condition atom.Atom, text string) {
	q = archiveQuery{key: a.host.ArchiveKey(of), id: bytes.Clone(e.Attr(atom.Queryid))}
	switch {
	case len(q.id) > maxQueryID:
		return q, atom.PolicyViolation, "the queryid is too long"
	case e.Attr(atom.Node) != nil:
		return q, atom.ItemNotFound, "" // §6.1.3: of pubsub
	}
	for c := range e.Children() {
		switch {
		case c.Is(atom.NSData, atom.X):
			if condition, text = q.readForm(c); condition != atom.Unknown {
				return q, condition, text
			}
		case c.NS() == atom.NSMAM && string(c.LocalName()) == "flip-page":
			q.flip = true
		}
	}
	if len(q.words) > a.limits.Words {
		return q, atom.PolicyViolation, "too many words"
	}
	page, ok := readPage(e.Child(atom.NSRSM, atom.Set))
	if !ok {
		return q, atom.BadRequest, "the <set/> makes no sense"
	}
	q, condition, text = a.readPage(q, page)
	if condition == atom.Unknown && slices.Contains(q.must, 0) {
		condition = atom.ItemNotFound // §4.1.3, §4.3.2
	}
	return q, condition, text
}

// readPage takes over what the request says about the page (§4.3).
func (a *archive) readPage(q archiveQuery, p pageRequest) (_ archiveQuery, condition atom.Atom, text string) {
	q.Max, q.MaxScan, q.index = a.limits.Page, a.limits.Scan, p.index
	if p.max >= 0 {
		q.Max, q.count = min(p.max, a.limits.MaxPage), p.max == 0
	}
	q.Backward = p.before != nil // §4.3.3
	switch {
	case p.index >= 0 && q.filtered:
		return q, atom.FeatureNotImplemented, "pages by index are for the whole archive" // XEP-0059 §2.6
	case p.after != nil:
		q.page.after = q.named(p.after)
	case len(p.before) > 0:
		q.page.before = q.named(p.before)
	}
	return q, atom.Unknown, ""
}

// readForm takes the filters (§4.1). A field that is not known is refused (§4.1.5), and so is one whose value is none.
func (q *archiveQuery) readForm(x codec.Element) (condition atom.Atom, text string) {
	formType, fields, ok := readForm(x)
	if !ok || string(formType) != atom.NSMAM.String() {
		return atom.BadRequest, "not a submitted form of " + atom.NSMAM.String()
	}
	for i := range fields {
		f := &fields[i]
		known := slices.IndexFunc(formFields, func(k formFieldKind) bool { return k.name == string(f.name) })
		switch {
		case known < 0:
			return atom.FeatureNotImplemented, "an unknown field"
		case len(f.values) > 1 && formFields[known].kind != "list-multi", !formFields[known].read(q, f.values):
			return atom.BadRequest, "the value of the field " + formFields[known].name
		}
	}
	return atom.Unknown, ""
}

// pageBounds are the entries beside a page, both exclusive; 0 is no bound.
type pageBounds struct{ after, before uint64 }

// has reports whether an entry is between the bounds.
func (b pageBounds) has(seq uint64) bool { return seq > b.after && (b.before == 0 || seq < b.before) }

// narrow narrows the query to what is between the bounds.
func (b pageBounds) narrow(q *store.ArchiveQuery) {
	q.After = max(q.After, b.after)
	if q.Before == 0 || b.before > 0 && b.before < q.Before {
		q.Before = b.before
	}
}

// named returns the entry that an id names: it has to be there (§4.1.3, §4.3.2).
func (q *archiveQuery) named(id []byte) uint64 {
	seq := q.key.Parse(id)
	q.must = append(q.must, seq)
	return seq
}

func (q *archiveQuery) readAfter(values [][]byte) bool {
	q.filtered = true
	pageBounds{after: q.named(values[0])}.narrow(&q.ArchiveQuery)
	return true
}

func (q *archiveQuery) readBefore(values [][]byte) bool {
	q.filtered = true
	pageBounds{before: q.named(values[0])}.narrow(&q.ArchiveQuery)
	return true
}

// readIDs wants entries by their ids, in the archive's order.
func (q *archiveQuery) readIDs(values [][]byte) bool {
	q.filtered = true
	q.Seqs = make([]uint64, 0, len(values))
	for _, v := range values {
		q.Seqs = append(q.Seqs, q.key.Parse(v))
	}
	slices.Sort(q.Seqs)
	q.Seqs = slices.Compact(q.Seqs)
	q.must = append(q.must, q.Seqs[0], q.Seqs[len(q.Seqs)-1])
	return true
}

// readWith wants the messages from and to an address, or an account (§4.1.1).
func (q *archiveQuery) readWith(values [][]byte) bool {
	with, err := jid.ParseBytes(bytes.Clone(values[0]))
	q.With, q.filtered = with, true
	return err == nil
}

// Times are told in milliseconds, and so they are compared: what was told as .123 is neither before nor after .123.
const told = time.Millisecond

func (q *archiveQuery) readStart(values [][]byte) bool {
	at, err := time.Parse(time.RFC3339, string(values[0]))
	q.Start, q.filtered = at.Add(told-1).Truncate(told), true
	return err == nil
}

func (q *archiveQuery) readEnd(values [][]byte) bool {
	at, err := time.Parse(time.RFC3339, string(values[0]))
	q.End, q.filtered = at.Truncate(told).Add(told-1), true
	return err == nil
}

// readGroupchat changes nothing: there are no messages of rooms to include (§4.1.4).
func (q *archiveQuery) readGroupchat(values [][]byte) bool {
	switch string(values[0]) {
	case "true", "1", "false", "0":
		return true
	}
	return false
}

// form answers which fields a query may have (§4.1.5).
func (a *archive) form(q *host.Request) {
	if !a.may(q) {
		return
	}
	b := q.Result().Start(atom.NSMAM, atom.Query)
	startForm(b, atom.NSMAM.String())
	for _, f := range formFields {
		if f.kind != "list-multi" {
			addField(b, f.name, f.kind, "")
			continue
		}
		b.Start(atom.NSData, atom.Field).Attr(atom.Type, f.kind).Attr(atom.Var, f.name)
		b.StartNS(nsValidate, "validate").Attr(datatype, "xs:string").StartNS(nsValidate, "open").End().End().End() // XEP-0122 §3.2.2
	}
	q.Send(b)
}

const nsValidate = "http://jabber.org/protocol/xdata-validate"

var datatype = atom.Lookup("datatype")
