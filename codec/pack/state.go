package pack

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"slices"
	"unsafe"

	"github.com/godwit-im/godwit/codec/archiveid"
)

// What the tables hold at most.
const (
	maxPeersDown = 20 // addresses that stanzas come from,
	maxPeersUp   = 8  // and that they go to, which the server has to keep as they are written
	maxSticky    = 2
	ringSize     = 8
	ringWindow   = ringSize / 2 // how many ids may be under way
	maxKept      = 128          // bytes of a string that is kept
)

// Session is what one end of a link keeps of what was said in both directions.
//
// Who writes needs to know whether a value is one of those that both ends know, who reads needs the value: so the tables of what is written have hashes alone, and those of what is
// read have the strings besides. The hashes are keyed with a secret of the process. Those of addresses and ids have 64 bits; that of a bare JID is a part of 40 bits, and
// what only saves a few bytes has 32.
type Session struct {
	up    bool           // this end is the client's
	ids   *archiveid.Key // of the account's archive; nil: not known
	own   []byte
	host  string // the domain that the client has asked for
	echo  []byte // what the client wants to be resumed, by its name
	said  ring   // ids of this end
	heard ring   // ids of the other
	out   side
	in    side
}

// side is what is kept of one direction.
type side struct {
	peers   []peer
	texts   arena               // of the peers, if this end reads
	recent  [maxPeersDown]uint8 // indexes of peers, the last one used first
	max     uint8               // of peers
	reads   bool                // the strings are kept, as they are to be read again
	account peer                // who sends what comes from no peer: the account itself, its server
	first   []byte              // the first stem of the account's ids
	stamp   int64
	count   uint64
	seq     uint64 // of the last archive entry
}

// peer is somebody with whom stanzas are exchanged.
type peer struct {
	address uint64            // its hash: the upper 40 bits are of the bare JID, the others of what is behind it
	stem    uint32            // the hash of that of its ids
	num     uint32            // of its last id
	slots   [maxSticky]uint16 // in which it has said something that sticks, 0: none,
	values  [maxSticky]uint32 // and the hashes of that
	idKind  uint8             // of its last id
	turn    uint8             // which of these is replaced next
	index   uint8             // its own, among the peers
}

// The strings of a peer in the arena, and how many they are.
const (
	textAddress = iota
	textStem
	textSticky
	textsOfPeer = textSticky + maxSticky
)

// ring is the last ids of one direction.
type ring struct {
	talks []uint64 // with whom each was exchanged: the hash of the bare JID; ringSize at most
	texts arena
	next  uint32 // how many there were
	sure  uint32 // of how many their sender knows that they have come
}

// arena keeps a few short strings in one piece of memory.
type arena struct {
	b  []byte
	at []uint16 // where each ends; it begins where the one before ends
}

// get returns string i. It is valid until the next set.
func (a *arena) get(i int) []byte {
	from, to := a.span(i)
	return a.b[from:to:to]
}

func (a *arena) span(i int) (from, to int) {
	if i >= len(a.at) {
		return len(a.b), len(a.b)
	}
	if i > 0 {
		from = int(a.at[i-1])
	}
	return from, int(a.at[i])
}

// set replaces string i by v, which is not of the arena.
func (a *arena) set(i int, v []byte) {
	for len(a.at) <= i {
		a.at = append(room(a.at, 4), uint16(len(a.b)))
	}
	from, to := a.span(i)
	grow := len(v) - (to - from)
	if grow > 0 {
		if cap(a.b)-len(a.b) < grow {
			a.b = append(make([]byte, 0, len(a.b)+grow+arenaStep), a.b...)
		}
		a.b = append(a.b, v[:grow]...) // any bytes
		copy(a.b[to+grow:], a.b[to:])
	} else {
		a.b = append(a.b[:to+grow], a.b[to:]...)
	}
	copy(a.b[from:], v)
	for j := i; j < len(a.at); j++ {
		a.at[j] = uint16(int(a.at[j]) + grow)
	}
}

// arenaStep is how much more memory an arena takes than it needs.
const arenaStep = 32

// room returns s with room for one more, and few besides: these slices are many and small.
func room[T any](s []T, step int) []T {
	if len(s) < cap(s) {
		return s
	}
	return append(make([]T, 0, len(s)+step), s...)
}

var seed = maphash.MakeSeed()

func hash(b []byte) uint64 { return maphash.Bytes(seed, b) }

// resourceBits are the bits of the hash of an address that are not of its bare JID.
const resourceBits = 24

// hashAddress returns the hash of an address, and whether it is bare.
func hashAddress(jid []byte) (h uint64, bare bool) {
	b := bareOf(jid)
	h = hash(b) >> resourceBits << resourceBits
	if len(b) < len(jid) {
		h |= hash(jid)&(1<<resourceBits-1) | 1
		return h, false
	}
	return h, true
}

// sameBare reports whether two hashes are of addresses with the same bare JID.
func sameBare(a, b uint64) bool { return a>>resourceBits == b>>resourceBits }

func bareOf(jid []byte) []byte {
	if i := bytes.IndexByte(jid, '/'); i >= 0 {
		return jid[:i]
	}
	return jid
}

// NewSession returns the state of one end of a link, the client's or the server's, to the host of a domain.
func NewSession(client bool, domain string) *Session {
	s := &Session{up: client, host: domain}
	s.in.reads, s.in.max, s.out.max = true, maxPeersUp, maxPeersDown
	if client {
		s.in.max, s.out.max = s.out.max, s.in.max
	}
	return s
}

// find returns the place among the recent ones of an address, or of one with the same bare JID.
func (s *side) find(address uint64) (rank int, same, ok bool) {
	found := -1
	for i := range s.peers {
		switch a := s.peers[s.recent[i]].address; {
		case a == address:
			return i, true, true
		case found < 0 && sameBare(a, address):
			found = i
		}
	}
	return found, false, found >= 0
}

// use makes the one at rank the most recent.
func (s *side) use(rank int) *peer {
	at := s.recent[rank]
	copy(s.recent[1:rank+1], s.recent[:rank])
	s.recent[0] = at
	return &s.peers[at]
}

// add makes room for an address, as the most recent.
func (s *side) add(jid []byte) *peer {
	n := len(s.peers)
	if n < int(s.max) {
		s.recent[n] = uint8(n)
		s.peers = append(room(s.peers, 4), peer{index: uint8(n)})
		n++
	}
	p := s.use(n - 1)
	*p = peer{index: p.index}
	p.address, _ = hashAddress(jid)
	s.keep(p, textAddress, jid)
	return p
}

// keep keeps a string of a peer, if it is to be read again.
func (s *side) keep(p *peer, what int, v []byte) {
	if s.reads {
		s.texts.set(s.textIndex(p)+what, v)
	}
}

// text returns a string of a peer, as it was kept.
func (s *side) text(p *peer, what int) []byte { return s.texts.get(s.textIndex(p) + what) }

// textIndex is where the strings of a peer begin; those of the account come first.
func (s *side) textIndex(p *peer) int {
	if p == &s.account {
		return 0
	}
	return (1 + int(p.index)) * textsOfPeer
}

// stem says that the ids of somebody are that stem and a number from now on.
func (s *side) stem(p *peer, stem []byte, num uint32) {
	p.stem, p.num, p.idKind = uint32(hash(stem)), num, kindNext
	s.keep(p, textStem, stem)
	if p == &s.account && len(s.first) == 0 {
		s.first = append(s.first, stem...)
	}
}

// said returns which value of the sender is of that slot, -1 when none is.
func (p *peer) said(at uint16) int {
	return slices.Index(p.slots[:], at)
}

// say keeps what a sender says in a slot, v as a string of the literal coding.
func (s *side) say(p *peer, at uint16, v []byte) {
	if len(v) > maxKept {
		return
	}
	i := p.said(at)
	if i < 0 {
		i = int(p.turn)
		p.turn = (p.turn + 1) % maxSticky
	}
	p.slots[i], p.values[i] = at, uint32(hash(v))
	s.keep(p, textSticky+i, v)
}

// remember adds an id to r, and reports whether it did: there is room as long as few are under way.
func (r *ring) remember(talk uint64, id []byte) bool {
	if r.next-r.sure >= ringWindow || len(id) > maxKept {
		return false
	}
	r.put(talk, id)
	return true
}

func (r *ring) put(talk uint64, id []byte) {
	i := int(r.next % ringSize)
	if len(r.talks) < ringSize {
		r.talks = append(room(r.talks, 4), 0)
	}
	r.talks[i] = talk
	r.texts.set(i, id)
	r.next++
}

// rank returns how many ids of that talk, which may be referred to, came after this one.
func (r *ring) rank(last uint32, talk uint64, id []byte) (n int, ok bool) {
	for i := last; i > 0 && last-i < ringWindow; i-- {
		at := int(i-1) % ringSize
		if r.talks[at] != talk {
			continue
		}
		if bytes.Equal(r.texts.get(at), id) {
			return n, true
		}
		n++
	}
	return 0, false
}

// at is the reverse of rank.
func (r *ring) at(last uint32, talk uint64, n int) []byte {
	for i := last; i > 0 && last-i < ringWindow; i-- {
		if at := (i - 1) % ringSize; r.talks[at] == talk {
			if n == 0 {
				return r.texts.get(int(at))
			}
			n--
		}
	}
	return nil
}

// split returns the stem and the number of an id that ends with a decimal number.
func split(id []byte) (stem []byte, num uint32, ok bool) {
	i := len(id)
	for i > 0 && id[i-1]-'0' <= 9 && len(id)-i < 9 {
		i--
	}
	if i == len(id) || i == 0 || i > 40 || id[i] == '0' && i+1 < len(id) || id[i-1]-'0' <= 9 {
		return nil, 0, false
	}
	for _, c := range id[i:] {
		num = num*10 + uint32(c-'0')
	}
	return id[:i], num, true
}

// keyItem is what the server tells the client of the account's archive: the key of its ids, by which both ends need only say the number of an entry. It is the stored
// form of <ids xmlns='urn:godwit:link:1'>, whose text is the key in hexadecimal.
var keyItem = []byte("\x01\x8A\xC3ids\x0A\xD1urn:godwit:link:1\x01\xE0")

// AppendKey appends the item that tells both ends, as soon as it is packed and unpacked, the key of the ids of the account's archive. Only servers send it, once.
func AppendKey(dst []byte, k *archiveid.Key) []byte {
	dst = append(appendVarint(dst, len(keyItem)+2*len(k)+1), keyItem...)
	return append(hex.AppendEncode(dst, k[:]), contentEnd)
}

// Known tells one end what the other knows too: the key of the ids of the account's archive. It is to be said at both before anything is packed.
func (s *Session) Known(k *archiveid.Key) { s.ids = k }

// IDs returns that key, nil when it is not known.
func (s *Session) IDs() *archiveid.Key { return s.ids }

// isDomain reports whether v is the domain of the handshake.
func (s *Session) isDomain(v []byte) bool { return len(v) > 0 && string(v) == s.host }

// isKey reports whether v is the key that is known, in hexadecimal.
func (s *Session) isKey(v []byte) bool {
	var room [2 * len(archiveid.Key{})]byte
	return s.ids != nil && len(v) == len(room) && bytes.Equal(hex.AppendEncode(room[:0], s.ids[:]), v)
}

// resumes notes what a client wants to be resumed, the first time, for the server names it in its answer.
func (s *Session) resumes(v []byte) {
	if len(s.echo) == 0 && len(v) <= maxKept {
		s.echo = append(s.echo, v...)
	}
}

// learn looks whether an item from the server is that with the key of the ids.
func (s *Session) learn(item []byte, fromServer bool) {
	if !fromServer || s.ids != nil || len(item) != len(keyItem)+2*len(archiveid.Key{})+1 || !bytes.HasPrefix(item, keyItem) {
		return
	}
	k := new(archiveid.Key)
	if _, err := hex.Decode(k[:], item[len(keyItem):len(item)-1]); err == nil {
		s.ids = k
	}
}

// Size returns how many bytes of memory s takes, with all that it keeps.
func (s *Session) Size() int {
	n := int(unsafe.Sizeof(*s)) + cap(s.own) + cap(s.echo) + s.said.size() + s.heard.size() + s.out.size() + s.in.size()
	if s.ids != nil {
		n += len(s.ids)
	}
	return n
}

func (r *ring) size() int { return 8*cap(r.talks) + r.texts.size() }

func (s *side) size() int {
	return cap(s.peers)*int(unsafe.Sizeof(peer{})) + s.texts.size() + cap(s.first)
}

func (a *arena) size() int { return cap(a.b) + 2*cap(a.at) }
