package pack

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"unsafe"

	"github.com/godwit-im/godwit/codec/archiveid"
)

// What the tables hold at most.
const (
	maxPeers   = 32
	maxSticky  = 4
	ringSize   = 16
	ringWindow = ringSize / 2 // how many ids may be under way
	maxKept    = 128          // bytes of a string that is kept
)

// Session is what one end of a link keeps of what was said in both directions.
type Session struct {
	up    bool           // this end is the client's
	ids   *archiveid.Key // of the account's archive; nil: not known
	own   []byte
	said  ring // ids of this end
	heard ring // ids of the other
	out   side
	in    side
}

// side is what is kept of one direction.
type side struct {
	peers   []peer
	recent  [maxPeers]uint8 // indexes of peers, the last one used first
	account *peer           // who sends what comes from no peer: the account itself, its server; nil: nobody did so far
	first   []byte          // the first stem of the account's ids
	stamp   int64
	count   uint64
	seq     uint64 // of the last archive entry
	reads   bool   // the strings themselves are kept, as they are to be read again
}

// peer is somebody with whom stanzas are exchanged.
type peer struct {
	full, bare uint64 // of its address
	ids        ids
	sticky     []sticky // maxSticky at most
	turn       uint8    // the next of sticky to be replaced
	text       []byte
}

// ids is how somebody's ids have been so far.
type ids struct {
	stem uint64
	num  uint64
	kind uint8
	text []byte
}

// sticky is a value that a sender has said in a slot.
type sticky struct {
	slot uint16
	hash uint64
	text []byte // as a string of the literal coding
}

// ring is the last ids of one direction.
type ring struct {
	ids  []ringID // ringSize at most
	next uint32   // how many there were
	sure uint32   // of how many their sender knows that they have come
}

type ringID struct {
	talk uint64 // with whom: the hash of the bare JID
	hash uint64
	text []byte
}

var seed = maphash.MakeSeed()

func hash(b []byte) uint64 { return maphash.Bytes(seed, b) }

func bareOf(jid []byte) []byte {
	if i := bytes.IndexByte(jid, '/'); i >= 0 {
		return jid[:i]
	}
	return jid
}

func domainOf(jid []byte) []byte {
	jid = bareOf(jid)
	return jid[bytes.IndexByte(jid, '@')+1:]
}

// find returns the place among the recent ones of the address with this hash.
func (s *side) find(full uint64) (rank int, ok bool) {
	for i := range s.peers {
		if s.peers[s.recent[i]].full == full {
			return i, true
		}
	}
	return 0, false
}

// findBare returns the place of an address with this bare JID.
func (s *side) findBare(bare uint64) (rank int, ok bool) {
	for i := range s.peers {
		if s.peers[s.recent[i]].bare == bare {
			return i, true
		}
	}
	return 0, false
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
	if len(s.peers) < maxPeers {
		s.recent[len(s.peers)] = uint8(len(s.peers))
		s.peers = append(s.peers, peer{})
	}
	p := s.use(len(s.peers) - 1)
	*p = peer{full: hash(jid), bare: hash(bareOf(jid)), text: p.text[:0], ids: ids{text: p.ids.text[:0]}, sticky: p.sticky[:0]}
	if s.reads {
		p.text = append(p.text, jid...)
	}
	return p
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
	if len(r.ids) < ringSize {
		r.ids = append(r.ids, ringID{})
	}
	e := &r.ids[r.next%ringSize]
	e.talk, e.hash, e.text = talk, hash(id), append(e.text[:0], id...)
	r.next++
}

// rank returns how many ids of that talk, which may be referred to, came after this one.
func (r *ring) rank(last uint32, talk, id uint64) (n int, ok bool) {
	for i := last; i > 0 && last-i < ringWindow; i-- {
		e := &r.ids[(i-1)%ringSize]
		if e.talk != talk {
			continue
		}
		if e.hash == id {
			return n, true
		}
		n++
	}
	return 0, false
}

// at is the reverse of rank.
func (r *ring) at(last uint32, talk uint64, n int) []byte {
	for i := last; i > 0 && last-i < ringWindow; i-- {
		if e := &r.ids[(i-1)%ringSize]; e.talk == talk {
			if n == 0 {
				return e.text
			}
			n--
		}
	}
	return nil
}

// split returns the stem and the number of an id that ends with a decimal number.
func split(id []byte) (stem []byte, num uint64, ok bool) {
	i := len(id)
	for i > 0 && id[i-1]-'0' <= 9 && len(id)-i < 9 {
		i--
	}
	if i == len(id) || i == 0 || i > 40 || id[i] == '0' && i+1 < len(id) {
		return nil, 0, false
	}
	if c := id[i-1]; c-'0' <= 9 {
		return nil, 0, false
	}
	for _, c := range id[i:] {
		num = num*10 + uint64(c-'0')
	}
	return id[:i], num, true
}

// stem says that the ids of somebody are that stem and a number from now on.
func (s *side) stem(ids *ids, stem []byte, num uint64) {
	ids.stem, ids.num, ids.kind = hash(stem), num, kindNext
	if ids.text = ids.text[:0]; s.reads {
		ids.text = append(ids.text, stem...)
	}
	if s.account != nil && ids == &s.account.ids && len(s.first) == 0 {
		s.first = append(s.first, stem...)
	}
}

// NewSession returns the state of one end of a link, the client's or the server's.
func NewSession(client bool) *Session {
	return &Session{up: client, in: side{reads: true}}
}

// sender returns who sends what comes from no peer.
func (s *side) sender() *peer {
	if s.account == nil {
		s.account = new(peer)
	}
	return s.account
}

// keyItem is what the server tells the client of the account's archive: the key of its ids, by which both ends need only say the number of an entry. It is the stored
// form of <ids xmlns='urn:godwit:link:1'>, whose text is the key in hexadecimal.
var keyItem = []byte("\x01\x8A\xC3ids\x0A\xD1urn:godwit:link:1\x01\xE0")

// AppendKey appends the item that tells both ends, as soon as it is packed and unpacked, the key of the ids of the account's archive. Only servers send it, once.
func AppendKey(dst []byte, k *archiveid.Key) []byte {
	dst = append(appendVarint(dst, len(keyItem)+2*len(k)+1), keyItem...)
	return append(hex.AppendEncode(dst, k[:]), contentEnd)
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
	n := int(unsafe.Sizeof(*s)) + cap(s.own)
	if s.ids != nil {
		n += len(s.ids)
	}
	for _, r := range []*ring{&s.said, &s.heard} {
		n += cap(r.ids) * int(unsafe.Sizeof(ringID{}))
		for i := range r.ids {
			n += cap(r.ids[i].text)
		}
	}
	for _, d := range []*side{&s.out, &s.in} {
		n += cap(d.first) + (cap(d.peers)-len(d.peers))*int(unsafe.Sizeof(peer{}))
		for i := range d.peers {
			n += d.peers[i].size()
		}
		if d.account != nil {
			n += d.account.size()
		}
	}
	return n
}

func (p *peer) size() int {
	n := int(unsafe.Sizeof(*p)) + cap(p.text) + cap(p.ids.text) + cap(p.sticky)*int(unsafe.Sizeof(sticky{}))
	for i := range p.sticky {
		n += cap(p.sticky[i].text)
	}
	return n
}
