package pack

import (
	"encoding/binary"
	"unsafe"
)

// What the tables hold at most.
const (
	maxPeersDown = 40 // addresses that stanzas come from,
	maxPeersUp   = 16 // and that they go to, which the server has to keep as they are written
	maxSticky    = 2  // what a peer says again and again
	maxExtras    = 8  // more of that, for all peers together
	maxTalkers   = 16 // whose ids have a stem
)

// side is what is kept of one direction.
type side struct {
	crowd   *crowd            // nil where the server reads: then there is nothing of the peers but their addresses, in texts
	texts   *arena            // if this end reads: the strings, as they are to be read again
	first   string            // the first stem of the account's ids
	account peer              // who sends what comes from no peer: the account itself, its server
	mine    talker            // of the account
	recent  [maxPeersUp]uint8 // indexes of peers, the last one used first, when there is no crowd
	n       uint8             // how many there are
	down    bool              // from the server
	stamp   int64
	count   uint64
	seq     uint64 // of the last archive entry
}

// crowd is what is kept of the peers.
type crowd struct {
	peers   []peer
	talkers []talker
	extras  []extra
	recent  [maxPeersDown]uint8
	extra   uint8 // which of the extras is replaced next,
	talker  uint8 // and which of the talkers
}

// newSide returns the side of what the server sends, or the client.
func newSide(down, reads bool) (s side) {
	s.down = down
	if reads {
		s.texts = new(arena)
	}
	if down || !reads {
		s.crowd = new(crowd)
	}
	return s
}

// peer is somebody with whom stanzas are exchanged.
type peer struct {
	address [8]byte          // its hash: the upper 40 bits are of the bare JID, the others of what is behind it
	values  [maxSticky]brief // the hashes of what it says again and again,
	sticks  [maxSticky]uint8 // and what that is; 0: nothing
	idKind  uint8            // of its last id
	talker  uint8            // its place among the talkers, plus one; 0: none
}

// talker is somebody whose ids are a stem and a number.
type talker struct {
	stem  brief // its hash
	owner uint8
	num   uint32 // of the last id
}

// extra is more of what somebody says again and again.
type extra struct {
	value brief
	stick uint8
	owner uint8
}

// Who sends a stanza.
const (
	nobody    = 0 // that the tables know
	account   = 1
	firstPeer = 2 // the peer with the index 0; the others follow
)

func (p *peer) hash() uint64 { return binary.LittleEndian.Uint64(p.address[:]) }

func (p *peer) called(h uint64) { binary.LittleEndian.PutUint64(p.address[:], h) }

// who returns a sender that is known.
func (s *side) who(sender int) *peer {
	if sender == account {
		return &s.account
	}
	return &s.crowd.peers[sender-firstPeer]
}

// idKind returns the kind of a sender's last id, 0 when there is none.
func (s *side) idKind(sender int) uint8 {
	if sender == nobody {
		return 0
	}
	return s.who(sender).idKind
}

// order returns the indexes of the peers, the last one used first.
func (s *side) order() []uint8 {
	switch {
	case s.crowd == nil:
		return s.recent[:]
	case s.down:
		return s.crowd.recent[:]
	}
	return s.crowd.recent[:maxPeersUp]
}

// find returns the place among the recent ones of an address, or else of one with the same bare JID.
func (s *side) find(address uint64) (rank int, same, ok bool) {
	found := -1
	for i, at := range s.order()[:s.n] {
		switch a := s.crowd.peers[at].hash(); {
		case a == address:
			return i, true, true
		case found < 0 && sameBare(a, address):
			found = i
		}
	}
	return found, false, found >= 0
}

// use makes the one at rank the most recent, and returns its index.
func (s *side) use(rank int) uint8 {
	order := s.order()
	at := order[rank]
	copy(order[1:rank+1], order[:rank])
	order[0] = at
	return at
}

// add makes room for an address, of which h is the hash and packed what packAddress makes of it if this end reads, as the most recent.
func (s *side) add(h uint64, packed []byte) uint8 {
	i := s.n
	if order := s.order(); int(i) < len(order) {
		order[i] = i
		s.n++
		if s.crowd != nil {
			s.crowd.peers = append(slack(s.crowd.peers, 1, 1), peer{})
		}
	}
	i = s.use(int(s.n) - 1)
	if s.crowd != nil {
		s.forget(i)
	}
	s.name(i, h, packed)
	return i
}

// resource gives the one at rank, which is bare, another resource; when it has one already, the new address is another peer. It becomes the most recent.
func (s *side) resource(rank int, h uint64, packed []byte) uint8 {
	if i := s.order()[rank]; s.isBare(i) {
		s.name(i, h, packed)
		return s.use(rank)
	}
	return s.add(h, packed)
}

// isBare reports whether the address of a peer is a bare JID.
func (s *side) isBare(i uint8) bool {
	if s.crowd == nil {
		return isPackedBare(s.address(i))
	}
	return isBare(s.crowd.peers[i].hash())
}

// forget clears what was kept of a peer.
func (s *side) forget(i uint8) {
	p := &s.crowd.peers[i]
	if p.talker > 0 {
		s.crowd.talkers[p.talker-1].owner = nobody
	}
	for j := range s.crowd.extras {
		if x := &s.crowd.extras[j]; x.owner == i+firstPeer {
			*x = extra{}
		}
	}
	*p = peer{}
}

// name gives a peer an address.
func (s *side) name(i uint8, h uint64, packed []byte) {
	if s.crowd != nil {
		s.crowd.peers[i].called(h)
	}
	if s.texts != nil {
		s.texts.set(textAddress+int(i), packed)
	}
}

// The strings of a side that reads are those of the account, the addresses, then those of the crowd.
const (
	textStem    = 0 // of the account
	textSticky  = 1 // of the account
	textAddress = textSticky + maxSticky
	textTalker  = textAddress + maxPeersDown
	textExtra   = textTalker + maxTalkers
	textPeer    = textExtra + maxExtras
)

// address returns that of a peer, as packAddress makes it.
func (s *side) address(i uint8) []byte { return s.texts.get(textAddress + int(i)) }

// talks returns what there is of a sender's ids, nil when they have no stem.
func (s *side) talks(sender int) *talker {
	if sender == account {
		if s.mine.owner == nobody {
			return nil
		}
		return &s.mine
	}
	if i := s.who(sender).talker; i > 0 {
		return &s.crowd.talkers[i-1]
	}
	return nil
}

// stem returns that of a sender who has one.
func (s *side) stem(sender int) []byte { return s.texts.get(s.stemIndex(sender)) }

func (s *side) stemIndex(sender int) int {
	if sender == account {
		return textStem
	}
	return textTalker + int(s.who(sender).talker-1)
}

// begin says that the ids of somebody are that stem and a number from now on.
func (s *side) begin(sender int, stem []byte, num uint32) {
	t := s.talks(sender)
	switch {
	case t != nil:
	case sender == account:
		t = &s.mine
		s.first = string(stem)
	default:
		t = s.crowd.newTalker(s)
		s.who(sender).talker = s.crowd.last()
	}
	*t = talker{stem: briefOf(stem), num: num, owner: uint8(sender)}
	s.who(sender).idKind = kindNext
	if s.texts != nil {
		s.texts.set(s.stemIndex(sender), stem)
	}
}

// newTalker returns the place of a new talker, or that of the oldest one.
func (c *crowd) newTalker(s *side) *talker {
	i := c.talker
	c.talker = (i + 1) % maxTalkers
	if int(i) == len(c.talkers) {
		c.talkers = append(slack(c.talkers, 1, 1), talker{})
	} else if o := int(c.talkers[i].owner); o != nobody {
		s.who(o).talker = 0
	}
	return &c.talkers[i]
}

// last returns the number of the newest talker, from one on.
func (c *crowd) last() uint8 { return (c.talker+maxTalkers-1)%maxTalkers + 1 }

// said returns where that is which a sender has said of that sort, -1 when it has said nothing.
func (s *side) said(sender int, stick uint8) int {
	p := s.who(sender)
	for i, k := range p.sticks {
		if k == stick {
			return i
		}
	}
	if s.down {
		for i := range s.crowd.extras {
			if x := &s.crowd.extras[i]; x.stick == stick && int(x.owner) == sender {
				return maxSticky + i
			}
		}
	}
	return -1
}

// value returns the hash of what a sender has said.
func (s *side) value(sender, at int) brief {
	if at >= maxSticky {
		return s.crowd.extras[at-maxSticky].value
	}
	return s.who(sender).values[at]
}

// appendSaid appends what a sender has said, as strings of the literal coding.
func (s *side) appendSaid(m *model, dst []byte, sender, at int) []byte {
	return m.unpackStrings(dst, s.texts.get(s.textIndex(sender, at)))
}

func (s *side) textIndex(sender, at int) int {
	switch {
	case at >= maxSticky:
		return textExtra + at - maxSticky
	case sender == account:
		return textSticky + at
	}
	return textPeer + (sender-firstPeer)*maxSticky + at
}

// say keeps what a sender says of a sort, v as strings of the literal coding.
func (s *side) say(m *model, sender int, stick uint8, v []byte) {
	if len(v) > maxKept {
		return
	}
	at := s.said(sender, stick)
	if at < 0 {
		at = s.place(sender)
	}
	h := briefOf(v)
	if at >= maxSticky {
		s.crowd.extras[at-maxSticky] = extra{value: h, stick: stick, owner: uint8(sender)}
	} else {
		p := s.who(sender)
		p.sticks[at], p.values[at] = stick, h
	}
	if s.texts != nil {
		var room [maxKept]byte
		s.texts.set(s.textIndex(sender, at), m.packStrings(room[:0], v))
	}
}

// place finds room for something new that a sender says.
func (s *side) place(sender int) int {
	for i, k := range s.who(sender).sticks {
		if k == 0 {
			return i
		}
	}
	c := s.crowd
	if !s.down {
		return maxSticky - 1
	}
	i := c.extra
	c.extra = (i + 1) % maxExtras
	if int(i) == len(c.extras) {
		c.extras = append(slack(c.extras, 1, 1), extra{})
	}
	return maxSticky + int(i)
}

// kin returns the next place from rank on of a peer with the sender's bare JID that has said something of that sort, and where it is; -1 when there is none.
func (s *side) kin(sender int, stick uint8, rank int) (_, at int) {
	if sender == account {
		return -1, 0
	}
	mine := s.who(sender).hash()
	for order := s.order()[:s.n]; rank < len(order); rank++ {
		i := int(order[rank]) + firstPeer
		if i == sender || !sameBare(s.who(i).hash(), mine) {
			continue
		}
		if at = s.said(i, stick); at >= 0 {
			return rank, at
		}
	}
	return -1, 0
}

// size is what the side takes besides itself.
func (s *side) size() int {
	n := len(s.first)
	if c := s.crowd; c != nil {
		n += int(unsafe.Sizeof(*c)) + cap(c.peers)*int(unsafe.Sizeof(peer{})) + cap(c.talkers)*int(unsafe.Sizeof(talker{})) + cap(c.extras)*int(unsafe.Sizeof(extra{}))
	}
	if s.texts != nil {
		n += s.texts.size()
	}
	return n
}

// packStrings appends strings of the literal coding as they are kept: those that the model has by their numbers.
func (m *model) packStrings(dst, v []byte) []byte {
	for w := (walk{b: v}); len(w.b) > 0 && !w.bad; {
		s := w.str()
		if wordOf(s) == 0 {
			if n, ok := m.valueOf(textOf(s)); ok && len(s) > 3 {
				dst = append(dst, tokenPrefixed, byte(n), byte(n>>8))
				continue
			}
		}
		dst = append(dst, s...)
	}
	return dst
}

// unpackStrings is the reverse of packStrings.
func (m *model) unpackStrings(dst, p []byte) []byte {
	for w := (walk{b: p}); len(w.b) > 0; {
		if w.b[0] == tokenPrefixed {
			n := int(w.b[1]) | int(w.b[2])<<8
			dst = appendLiteral(dst, m.strings[n-len(words)])
			w.b = w.b[3:]
			continue
		}
		dst = append(dst, w.str()...)
	}
	return dst
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

// size is what it takes.
func (a *arena) size() int { return int(unsafe.Sizeof(*a)) + cap(a.b) + 2*cap(a.at) }

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
	if n := i + 1 - len(a.at); n > 0 {
		a.at = slack(a.at, n, 1)
		for ; n > 0; n-- {
			a.at = append(a.at, uint16(len(a.b)))
		}
	}
	from, to := a.span(i)
	grow := len(v) - (to - from)
	if grow > 0 {
		a.b = append(slack(a.b, grow, len(a.b)/16), v[:grow]...) // any bytes
		copy(a.b[to+grow:], a.b[to:])
	} else {
		a.b = append(a.b[:to+grow], a.b[to:]...)
	}
	copy(a.b[from:], v)
	for j := i; j < len(a.at); j++ {
		a.at[j] = uint16(int(a.at[j]) + grow)
	}
}
