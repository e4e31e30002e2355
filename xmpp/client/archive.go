package client

import (
	"hash/maphash"
	"slices"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Place is up to where a program has its account's archive (XEP-0313). It can be kept as JSON, together with what the program has made of the messages up to it.
type Place struct {
	ID     string // of the last message, "" for a program that begins: it gets the newest page
	Empty  bool   `json:",omitempty"` // there was no message yet: what follows is the whole archive
	Behind bool   `json:",omitempty"` // what follows was asked for, and has not come whole
}

// archivePage is the number of messages asked for at once.
const archivePage = 50

// maxHeld is the number of live messages that wait while the archive is read. What is more is read from there.
const maxHeld = 64

// archive is what a Machine knows of the account's archive. The live messages that are in it are not given to the application before those that the
// program has missed: what comes meanwhile is held back.
type archive struct {
	place  string // the id of the last message that Conn.Recv has returned
	empty  bool   // the archive was, as Place.Empty
	behind bool
	carbon bool      // copies were turned on with the session
	newest bool      // the query is for the newest page, whatever was before
	known  bool      // the server has said with the session where the archive ends,
	end    string    // namely here; "" when it is empty
	after  string    // the query's beginning
	id     string    // of the query under way, also its queryid
	held   []*Stanza // live
	missed bool      // more came than are held
	late   bool      // those that were held are given to the application
	seen   seen
	pages  map[string]func(e codec.Element) // asked for besides, by their queryids
}

// seen remembers the ids of the last messages of the archive that came, in one way or another.
type seen struct {
	seed maphash.Seed
	ids  map[uint64]bool
	ring []uint64
	next int
}

// remembered is how many.
const remembered = 1024

// again reports whether id was seen, and remembers it.
func (s *seen) again(id string) bool {
	if s.ids == nil {
		s.seed, s.ids = maphash.MakeSeed(), make(map[uint64]bool)
	}
	hash := maphash.String(s.seed, id)
	if s.ids[hash] {
		return true
	}
	s.ids[hash] = true
	if len(s.ring) < remembered {
		s.ring = append(s.ring, hash)
		return false
	}
	delete(s.ids, s.ring[s.next])
	s.ring[s.next] = hash
	s.next = (s.next + 1) % remembered
	return false
}

// askAgain puts the query of a program that is behind, and goes on with its stream, behind what the server has not accepted of that: so it goes out with it, on the link in the first flight.
func (m *Machine) askAgain() {
	r, place := m.cfg.Resumption, m.cfg.Archive
	if r == nil || !place.Behind {
		return
	}
	again := *r
	e := m.firstQuery(new(codec.Builder))
	again.Sent = append(slices.Clone(r.Sent), SentStanza{ID: m.archive.id, XML: string(xmltext.Encoder{}.AppendElement(nil, e))})
	m.cfg.Resumption = &again
}

// beginArchive begins to catch up, if the program reads the archive and there is something to catch up with. The copies of what the other devices send are turned on before that
// (XEP-0280 §4): so nothing is between what was read and what is live.
func (m *Machine) beginArchive(now time.Time, out *stream.Output) {
	place := m.cfg.Archive
	if place == nil {
		return
	}
	a := m.archive
	if !m.resume.resumed && !a.carbon {
		b := out.Build().Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set")
		b.Start(atom.NSCarbons, atom.Enable)
		_, _ = m.Request(now, out, b.Element(), func(codec.Element) {}) // whether the server has them or not
	}
	a.empty = place.Empty || a.known && a.end == ""
	if m.resume.resumed || a.known && a.end == place.ID {
		return // what is behind was asked for
	}
	_ = m.Send(now, out, m.firstQuery(out.Build()))
}

// firstQuery builds the query for what follows the place where the program is.
func (m *Machine) firstQuery(b *codec.Builder) codec.Element {
	a, place := m.archive, m.cfg.Archive
	a.behind, a.after, a.newest = true, place.ID, place.ID == "" && !place.Empty
	return m.nextQuery(b)
}

// nextQuery builds that for the next page.
func (m *Machine) nextQuery(b *codec.Builder) codec.Element {
	a := m.archive
	a.id = m.ids.next()
	q := Query{After: a.after, Newest: a.newest, Max: archivePage}
	return q.build(b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set").Attr(atom.ID, a.id), a.id)
}

// queryArchive asks for the next page.
func (m *Machine) queryArchive(now time.Time, out *stream.Output) {
	_ = m.Send(now, out, m.nextQuery(out.Build())) // the stream is bound, or ends
}

// archived takes an answer, and reports whether it is that to the query under way (XEP-0313 §4.1).
func (m *Machine) archived(now time.Time, e codec.Element, out *stream.Output) bool {
	a := m.archive
	if a == nil || a.id == "" || string(e.Attr(atom.ID)) != a.id || !m.mayAnswer(m.address.Bare(), e.Attr(atom.From)) {
		return false
	}
	a.id = ""
	if e.Attr(atom.Type) != nil && string(e.Attr(atom.Type)) == "error" {
		m.archiveFailed(now, e, out)
		return true
	}
	_, last, complete := readFin(e)
	a.empty = a.empty || a.newest && last == ""
	if !a.missed && (last == "" || complete || a.newest) {
		m.caughtUp()
		return true
	}
	if last != "" {
		a.after, a.newest = last, false
	}
	a.missed = false // it is in the archive, behind this page
	m.queryArchive(now, out)
	return true
}

// archiveFailed is an error. When the place is not in the archive any more, all that is left is what followed (XEP-0313 §4.3.2); else there is no archive to read.
func (m *Machine) archiveFailed(now time.Time, e codec.Element, out *stream.Output) {
	a := m.archive
	if stanzaError(e).Condition != "item-not-found" || a.after == "" {
		m.caughtUp()
		return
	}
	a.after = ""
	m.queryArchive(now, out)
}

// caughtUp lets the application have what was held back.
func (m *Machine) caughtUp() {
	a := m.archive
	held := a.held
	a.behind, a.held, a.late = false, nil, true
	for _, s := range held {
		if id, _ := m.ArchiveID(s.Element()); !a.seen.again(id) {
			m.app.Stanza(s.Element())
		}
	}
	a.late = false
}

// message gives the application a message when it is its turn, once.
func (m *Machine) message(e codec.Element) {
	if m.cfg.Archive == nil {
		m.app.Stanza(e)
		return
	}
	a := m.archive
	id, result := m.ArchiveID(e)
	switch {
	case !result.IsZero() && (a.id == "" || string(result.Attr(atom.Queryid)) != a.id): // of a query on another connection
	case id == "":
		m.app.Stanza(e)
	case !result.IsZero() || !a.behind:
		if !a.seen.again(id) {
			m.app.Stanza(e)
		}
	case len(a.held) < maxHeld:
		a.held = append(a.held, newStanza(e))
	default:
		a.missed = true
	}
}
