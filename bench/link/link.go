package link

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// Config says what to measure. Seed must not be one that the models were made with.
type Config struct {
	Seed     uint64                        // of the sessions; the same makes the same ones
	Sessions int                           // how many
	Stanzas  int                           // of each session, about
	Peers    bool                          // also other ways to code them
	Progress func(format string, a ...any) // told now and then; nil: nobody is
}

// Row is what stanzas of one kind weigh, in bytes each.
type Row struct {
	Kind  string // "message ↓" and so on; "short": of at most 24 bytes of text
	Count int
	XML   float64            // without any transport
	TLS   float64            // in a TLS record each
	Frame float64            // on the link
	Peers map[string]float64 // without any transport, by coding
}

// Result is the outcome of a run.
type Result struct {
	Rows    []Row
	Total   Row     // of all
	Shared  float64 // bytes of XML in TLS records for one byte on the link, where what goes the same way shares a record and a frame
	Tables  float64 // bytes that a server keeps for the tables of a link, at the end of a session
	RoomKey float64 // bytes of the frame with the key of a room's archive, once for a room of the same servers; counted in Shared, and in no row
	Session int     // stanzas in all
}

// recordBytes is what TLS 1.3 adds to a record (RFC 8446).
const recordBytes = 5 + 1 + 16

// secret is what the ids of archives are made with here.
var secret = archiveid.Secret([]byte("the secret of a measured server."))

func archiveID(account string, seq uint64) string {
	k := secret.Key([]byte(account))
	return string(k.Append(nil, seq))
}

// stanza is one in its forms.
type stanza struct {
	corpus.Stanza
	item  []byte
	tree  codec.Tree
	known bool // the address of the other side was in an earlier stanza that went the same way
}

// Run measures.
func Run(ctx context.Context, c Config) (r Result, err error) {
	m := &measure{rows: make(map[string]*Row)}
	if m.server, m.client, err = newKeys(); err != nil {
		return r, err
	}
	for i, s := range corpus.Sessions(c.Seed, c.Sessions, c.Stanzas, archiveID, nil) {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if err := m.session(s, c.Peers); err != nil {
			return r, err
		}
		if c.Progress != nil && (i+1)%20 == 0 {
			c.Progress("%d of %d sessions", i+1, c.Sessions)
		}
	}
	return m.result(c.Sessions), nil
}

// measure collects what is measured.
type measure struct {
	server, client      link.Key
	rows                map[string]*Row
	total               Row
	sharedXML, sharedUs int
	tables              int
	rooms, roomBytes    int
}

func newKeys() (server, client link.Key, err error) {
	if server, err = link.NewKey(rand.Reader); err == nil {
		client, err = link.NewKey(rand.Reader)
	}
	return server, client, err
}

// road is a link in memory.
type road struct {
	client, server *link.Session
	desk           link.Desk
}

// road makes a link with IK to the host of a domain.
func (m *measure) road(domain string) (*road, error) {
	c := link.NewClient(link.ClientConfig{Domain: domain, Static: m.client, ServerKey: m.server.Public[:], Dictionary: pack.Dictionary(), Now: time.Now()})
	s := link.NewServer(&link.ServerConfig{
		Static: m.server, Dictionary: pack.Dictionary(), Statement: func(string) ([]byte, error) { return nil, nil },
	})
	_, hello, _, err := c.Step(nil)
	if err != nil {
		return nil, err
	}
	_, answer, done, err := s.Step(hello)
	if err != nil || !done {
		return nil, fmt.Errorf("link: the handshake ends early: %w", err)
	}
	if _, _, done, err = c.Step(answer); err != nil || !done {
		return nil, fmt.Errorf("link: the handshake ends early: %w", err)
	}
	return &road{client: c.Session(), server: s.Session()}, nil
}

// send carries items and returns what they weigh.
func (r *road) send(up bool, items []byte) (int, error) {
	from, to := r.server, r.client
	if up {
		from, to = to, from
	}
	sealed := from.AppendItems(nil, items, &r.desk)
	weight := len(sealed)
	var got []byte
	for len(sealed) > 0 {
		n, items, err := to.OpenItems(sealed, &r.desk)
		if err != nil || n == 0 {
			return 0, fmt.Errorf("link: a frame does not open: %w", err)
		}
		got, sealed = append(got, items...), sealed[n:]
	}
	if !bytes.Equal(got, items) {
		return 0, fmt.Errorf("link: %x came as %x", items, got)
	}
	return weight, nil
}

// session measures one.
func (m *measure) session(s corpus.Session, peers bool) error {
	all, err := stanzas(s)
	if err != nil {
		return err
	}
	_, domain, _ := strings.Cut(s.Account, "@")
	alone, err := m.road(domain)
	if err != nil {
		return err
	}
	shared, err := m.road(domain)
	if err != nil {
		return err
	}
	k := secret.Key([]byte(s.Account))
	for _, r := range []*road{alone, shared} {
		if _, err := r.send(false, pack.AppendKey(nil, &k)); err != nil {
			return err
		}
	}
	if err := m.roomKeys(s.Rooms, alone, shared); err != nil {
		return err
	}
	var others []*other
	if peers {
		others = newOthers()
	}
	for i := range all {
		z := &all[i]
		n, err := alone.send(z.Up, z.item)
		if err != nil {
			return err
		}
		m.add(z, n, others)
	}
	m.tables += alone.server.Tables()
	return m.shared(shared, all)
}

// roomKeys sends the keys of the archives of rooms. They are no stanzas, but what the link weighs.
func (m *measure) roomKeys(rooms []string, alone, shared *road) error {
	for _, room := range rooms {
		k := secret.Key([]byte(room))
		item := pack.AppendRoomKey(nil, []byte(room), &k)
		n, err := alone.send(false, item)
		if err != nil {
			return err
		}
		m.rooms++
		m.roomBytes += n
		if n, err = shared.send(false, item); err != nil {
			return err
		}
		m.sharedUs += n
	}
	return nil
}

// stanzas decodes those of a session.
func stanzas(s corpus.Session) ([]stanza, error) {
	d, scratch := xmltext.NewDecoder(nil), new(codec.Scratch)
	head := "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
	if _, _, err := d.Decode([]byte(head), scratch); err != nil {
		return nil, err
	}
	all, known := make([]stanza, len(s.Stanzas)), make(map[string]bool)
	for i, z := range s.Stanzas {
		if _, ev, err := d.Decode(z.XML, scratch); err != nil || ev != codec.EventElement {
			return nil, fmt.Errorf("link: %s: %w", z.XML, err)
		}
		all[i] = stanza{Stanza: z, item: compact.Encoder{}.AppendElement(nil, scratch.Tree.Root())}
		t := &scratch.Tree
		all[i].tree = codec.Tree{Nodes: slices.Clone(t.Nodes), Src: slices.Clone(t.Src), Aux: slices.Clone(t.Aux)}
		address := "↓" + string(t.Root().Attr(atom.From))
		if z.Up {
			address = "↑" + string(t.Root().Attr(atom.To))
		}
		all[i].known, known[address] = known[address], true
	}
	return all, nil
}

// shared measures a session in which what goes the same way without a pause shares a frame.
func (m *measure) shared(r *road, all []stanza) error {
	for len(all) > 0 {
		n, xml := 0, 0
		var items []byte
		for n < len(all) && all[n].Up == all[0].Up {
			items = append(items, all[n].item...)
			xml += len(all[n].XML)
			n++
		}
		weight, err := r.send(all[0].Up, items)
		if err != nil {
			return err
		}
		m.sharedUs += weight
		m.sharedXML += xml + recordBytes
		all = all[n:]
	}
	return nil
}

// add counts a stanza that weighs so much on the link.
func (m *measure) add(z *stanza, frame int, others []*other) {
	rows := []*Row{&m.total, m.row(z.rowName())}
	if body := bodyOf(z); (z.Kind == "message" || z.Kind == "group") && body >= 16 && body <= 24 {
		rows = append(rows, m.row(z.rowName()+", 16–24 bytes of text"))
	}
	if z.Kind == "state" && z.known {
		rows = append(rows, m.row(z.rowName()+", address known"))
	}
	for _, r := range rows {
		r.Count++
		r.XML += float64(len(z.XML))
		r.TLS += float64(len(z.XML) + recordBytes)
		r.Frame += float64(frame)
	}
	for _, o := range others {
		n := float64(o.weigh(z))
		for _, r := range rows {
			if r.Peers == nil {
				r.Peers = make(map[string]float64)
			}
			r.Peers[o.name] += n
		}
	}
}

func (m *measure) row(name string) *Row {
	if m.rows[name] == nil {
		m.rows[name] = &Row{Kind: name}
	}
	return m.rows[name]
}

// bodyOf returns how long the body of a message is.
func bodyOf(z *stanza) int {
	_, rest, _ := strings.Cut(string(z.XML), "<body>")
	body, _, _ := strings.Cut(rest, "</body>")
	return len(body)
}

// rowName is the kind and the direction of a stanza, and whose ids it has where that matters.
func (z *stanza) rowName() string {
	name := z.Kind + " ↓"
	if z.Up {
		name = z.Kind + " ↑"
	}
	switch z.Kind {
	case "message", "group", "receipt", "state", "archived":
		if !z.Own {
			name += ", foreign ids"
		}
	}
	return name
}

// result divides what was added up.
func (m *measure) result(sessions int) (r Result) {
	for _, row := range m.rows {
		r.Rows = append(r.Rows, row.mean())
	}
	slices.SortFunc(r.Rows, func(a, b Row) int { return strings.Compare(a.Kind, b.Kind) })
	m.total.Kind = "all"
	r.Total, r.Session = m.total.mean(), m.total.Count
	r.Shared = float64(m.sharedXML) / float64(m.sharedUs)
	r.Tables = float64(m.tables) / float64(sessions)
	r.RoomKey = float64(m.roomBytes) / float64(max(m.rooms, 1))
	return r
}

func (r *Row) mean() Row {
	n := float64(r.Count)
	m := Row{Kind: r.Kind, Count: r.Count, XML: r.XML / n, TLS: r.TLS / n, Frame: r.Frame / n, Peers: make(map[string]float64)}
	for k, v := range r.Peers {
		m.Peers[k] = v / n
	}
	return m
}
