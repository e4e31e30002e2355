package corpus

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Session is what travels between one client and its server from the login to the end, in the order in which it leaves.
type Session struct {
	Account string   // the user's bare JID
	Address string   // the full JID
	Rooms   []string // the bare JIDs of those rooms of the user that are on a server of ours
	Stanzas []Stanza
}

// Stanza is one first-level element of a Session.
type Stanza struct {
	Kind string // what it is, the same word for what is alike: "message", "receipt", …
	Up   bool   // from the client
	Own  bool   // its ids are made by clients of ours, where it has any
	XML  []byte
}

// ArchiveID names an entry of the archive of an account, as its server does.
type ArchiveID func(account string, seq uint64) string

// Sessions returns n sessions, each of about size stanzas. Those of one seed have users, devices and ids of their own, which no other seed has; texts has the
// bodies that may be used, nil for those of this package.
func Sessions(seed uint64, n, size int, id ArchiveID, texts []string) []Session {
	all := make([]Session, n)
	for i := range all {
		r := rand.New(rand.NewPCG(seed, uint64(i)+1))
		s := &session{writer: &writer{Rand: r, quote: '\''}, archiveID: id, texts: texts, salt: fmt.Sprintf("%d", seed%97)}
		s.begin()
		for len(s.out.Stanzas) < size {
			s.scene()
		}
		all[i] = s.out
	}
	return all
}

// session is a Session while it is written.
type session struct {
	*writer
	out       Session
	archiveID ArchiveID
	texts     []string
	salt      string
	me        device
	people    []*contact
	rooms     []*chatroom
	seq       uint64 // of the user's archive
	up, down  int    // stanzas so far, for the acks
	now       int64  // seconds
	newer     map[int]string
}

// device is a client with its way of making ids.
type device struct {
	address string
	own     bool   // a client of ours
	style   int    // of its ids
	stem    string // of ours: what all ids of a stream begin with
	n       int
	caps    string // ver
	node    string
}

type contact struct {
	device
	bare   string
	photo  string // the hash of an avatar (XEP-0153); most have one
	status string // kept until it is another
	seen   bool   // a presence of it has come
	lang   string
	last   string // id of the last message from them
	mine   string // id of the last message to them
}

type chatroom struct {
	bare      string
	occupants []*occupant
	seq       uint64
	own       bool // on a server of ours
}

type occupant struct {
	device
	nick, occupantID, affiliation string
}

func (s *session) newDevice(bare string) device {
	client := s.IntN(len(clients))
	d := device{own: s.chance(50), style: s.IntN(5), node: clients[client].node, caps: s.version(client)}
	d.stem = strings.NewReplacer("+", "-", "/", "_").Replace(s.base64(6))
	d.address = bare + "/" + s.resource()
	return d
}

// nextID returns the id of a device's next stanza.
func (s *session) nextID(d *device) string {
	d.n++
	if d.own {
		return fmt.Sprintf("%s-%d", d.stem, d.n)
	}
	switch d.style {
	case 0:
		return s.base64(9)
	case 1:
		return fmt.Sprintf("%s:%d", strings.ToLower(d.stem[:4]), d.n*3)
	case 2:
		return strings.ToUpper(s.uuid())
	}
	return s.uuid()
}

// person returns a bare JID of this seed.
func (s *session) person() string {
	node := pick(s.writer, nodes)
	if s.chance(80) {
		node += s.salt + s.number(999)
	} else {
		node = pick(s.writer, []string{"m", "k", "tom", "mia", "al", "re"}) + s.salt + node
	}
	return node + "@" + pick(s.writer, domains)
}

func (s *session) begin() {
	s.now = 1_782_000_000 + int64(s.IntN(5_000_000))
	s.seq = uint64(s.IntN(200_000))
	s.out.Account = s.person()
	s.me = s.newDevice(s.out.Account)
	s.me.own = true
	s.out.Address = s.me.address
	for range 5 + s.IntN(25) {
		bare := s.person()
		s.people = append(s.people, &contact{device: s.newDevice(bare), bare: bare, lang: pick(s.writer, languages)})
		p := s.people[len(s.people)-1]
		if s.chance(75) {
			p.photo = s.hex(20)
		}
		if s.chance(15) {
			p.status = s.text()
		}
	}
	for range s.IntN(4) {
		room := &chatroom{bare: s.room(), seq: uint64(s.IntN(100_000)), own: s.chance(50)}
		for range 3 + s.IntN(12) {
			o := &occupant{device: s.newDevice(s.person()), nick: pick(s.writer, nicks), occupantID: s.occupantID(room.own), affiliation: pick(s.writer, []string{"member", "none", "owner", "admin"})}
			room.occupants = append(room.occupants, o)
		}
		s.rooms = append(s.rooms, room)
		if room.own {
			s.out.Rooms = append(s.out.Rooms, room.bare)
		}
	}
	s.login()
}

// occupantID returns an id that nobody can guess (XEP-0421): a whole HMAC, as others make them, or the 16 bytes of one that are enough.
func (s *session) occupantID(own bool) string {
	if own {
		return base64.RawURLEncoding.EncodeToString(s.bytes(16))
	}
	return s.base64(32)
}

// stamp returns a time of XEP-0082.
func (s *session) at(t int64, fraction bool) string {
	day, sec := t/86400, t%86400
	f := ""
	if fraction {
		f = fmt.Sprintf(".%06d", s.IntN(1_000_000))
	}
	month, dom := 1+(day/28)%12, 1+day%28
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02d%sZ", month, dom, sec/3600, sec/60%60, sec%60, f)
}

// put ends a stanza.
func (s *session) put(kind string, up, own bool) {
	s.out.Stanzas = append(s.out.Stanzas, Stanza{kind, up, own, append([]byte(nil), s.b...)})
	s.b = s.b[:0]
	if up {
		s.up++
	} else {
		s.down++
	}
}

// ack asks and answers, in that direction.
func (s *session) acks(up bool) {
	s.empty("r", "xmlns", "urn:xmpp:sm:3")
	s.out.Stanzas = append(s.out.Stanzas, Stanza{"r", up, true, append([]byte(nil), s.b...)})
	s.b = s.b[:0]
	h := s.up
	if !up {
		h = s.down
	}
	s.empty("a", "xmlns", "urn:xmpp:sm:3", "h", fmt.Sprint(h))
	s.out.Stanzas = append(s.out.Stanzas, Stanza{"a", !up, true, append([]byte(nil), s.b...)})
	s.b = s.b[:0]
}

func (s *session) text() string {
	if s.texts != nil {
		return pick(s.writer, s.texts)
	}
	return s.body()
}

// scene is a little of what happens.
func (s *session) scene() {
	s.now += int64(s.IntN(900))
	switch n := s.IntN(100); {
	case n < 34:
		s.talk(pick(s.writer, s.people))
	case n < 54 && len(s.rooms) > 0:
		s.roomTalk(pick(s.writer, s.rooms))
	case n < 76:
		s.presenceChange(pick(s.writer, s.people))
	case n < 84:
		s.pings()
	case n < 88:
		s.carbonOf(pick(s.writer, s.people))
	case n < 90:
		s.page()
	case n < 93:
		s.omemoFrom(pick(s.writer, s.people))
	case n < 96:
		s.event(pick(s.writer, s.people))
	case n < 98:
		s.clientState()
		s.out.Stanzas = append(s.out.Stanzas, Stanza{"csi", true, true, append([]byte(nil), s.b...)})
		s.b = s.b[:0]
	default:
		s.discoOf(pick(s.writer, s.people))
	}
}

func (s *session) login() {
	s.negotiation()
	me := s.me.address
	id := s.nextID(&s.me)
	s.open("iq", "type", "get", "id", id)
	s.empty("query", "xmlns", "jabber:iq:roster")
	s.close("iq")
	s.put("iq", true, true)
	s.open("iq", "type", "result", "id", id, "to", me)
	s.open("query", "xmlns", "jabber:iq:roster", "ver", s.number(100_000))
	for _, p := range s.people {
		s.open("item", "jid", p.bare, "name", pick(s.writer, nicks), "subscription", pick(s.writer, []string{"both", "both", "both", "to", "from"}))
		if s.chance(40) {
			s.leaf("group", pick(s.writer, []string{"Friends", "Familie", "Work & co", "同事"}))
		}
		s.close("item")
	}
	s.close("query", "iq")
	s.put("roster", false, true)
	s.open("presence")
	s.software(&s.me)
	s.close("presence")
	s.put("presence-up", true, true)
	for _, p := range s.people {
		if s.chance(60) {
			s.presenceFrom(p)
		}
	}
	for _, r := range s.rooms {
		s.open("presence", "to", r.bare+"/"+pick(s.writer, nicks), "id", s.nextID(&s.me))
		s.software(&s.me)
		s.empty("x", "xmlns", "http://jabber.org/protocol/muc")
		s.close("presence")
		s.put("presence-up", true, true)
		for _, o := range r.occupants {
			s.occupantPresence(r, o)
		}
	}
	s.page()
}

// presenceFrom is a presence of a contact: the first of a session, which says what all others repeat, or a later one.
//
// Who has a status keeps it while away comes and goes (RFC 6121 §4.7.2.2: it is sent again with each presence); one presence of ten changes it, or ends it.
func (s *session) presenceFrom(p *contact) {
	kind := "presence"
	if !p.seen {
		kind = "presence-first"
	} else if s.chance(10) {
		p.status = ""
		if s.chance(15) {
			p.status = s.text()
		}
	}
	p.seen = true
	s.open("presence", "from", p.address, "to", s.me.address, "xml:lang", p.lang)
	if s.chance(40) {
		s.leaf("show", pick(s.writer, []string{"away", "away", "xa", "dnd", "chat"}))
	}
	if p.status != "" {
		s.leaf("status", p.status)
	}
	s.software(&p.device)
	s.open("x", "xmlns", "vcard-temp:x:update")
	if p.photo != "" {
		s.leaf("photo", p.photo)
	} else {
		s.empty("photo")
	}
	s.close("x")
	if s.chance(20) {
		s.empty("idle", "xmlns", "urn:xmpp:idle:1", "since", s.at(s.now-int64(s.IntN(9000)), false))
	}
	s.close("presence")
	s.put(kind, false, p.own)
}

func (s *session) presenceChange(p *contact) {
	for range 1 + s.IntN(3) {
		s.presenceFrom(p)
	}
}

// software says what a device runs.
func (s *session) software(d *device) {
	s.empty("c", "xmlns", "http://jabber.org/protocol/caps", "hash", "sha-1", "node", d.node, "ver", d.caps)
}

func (s *session) occupantPresence(r *chatroom, o *occupant) {
	s.open("presence", "from", r.bare+"/"+o.nick, "to", s.me.address)
	s.software(&o.device)
	s.open("x", "xmlns", "http://jabber.org/protocol/muc#user")
	s.empty("item", "affiliation", o.affiliation, "role", "participant")
	s.close("x")
	s.empty("occupant-id", "xmlns", "urn:xmpp:occupant-id:0", "id", o.occupantID)
	s.close("presence")
	s.put("presence-room", false, o.own)
}

// content writes a message's children.
func (s *session) content(id, text string) {
	s.leaf("body", text)
	if s.chance(90) {
		s.empty("active", "xmlns", "http://jabber.org/protocol/chatstates")
	}
	s.empty("request", "xmlns", "urn:xmpp:receipts")
	s.empty("markable", "xmlns", "urn:xmpp:chat-markers:0")
	s.empty("origin-id", "xmlns", "urn:xmpp:sid:0", "id", id)
}

func (s *session) stanzaID() {
	s.seq++
	s.empty("stanza-id", "xmlns", "urn:xmpp:sid:0", "by", s.out.Account, "id", s.archiveID(s.out.Account, s.seq))
}

func (s *session) stateFrom(p *contact, state string) {
	s.open("message", "from", p.address, "to", s.out.Account, "type", "chat", "id", s.nextID(&p.device))
	s.empty(state, "xmlns", "http://jabber.org/protocol/chatstates")
	s.empty("no-store", "xmlns", "urn:xmpp:hints")
	s.close("message")
	s.put("state", false, p.own)
}

func (s *session) stateTo(p *contact, state string) {
	s.open("message", "to", p.address, "type", "chat", "id", s.nextID(&s.me))
	s.empty(state, "xmlns", "http://jabber.org/protocol/chatstates")
	s.empty("no-store", "xmlns", "urn:xmpp:hints")
	s.close("message")
	s.put("state", true, true)
}
