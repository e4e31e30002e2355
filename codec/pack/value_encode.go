package pack

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/pack/coder"
	"github.com/godwit-im/godwit/codec/pack/text"
)

// listOf returns the list of the kinds in a slot. What ids somebody has depends on what they had last.
func (m *model) listOf(at uint16, r role, sc *scope) coder.List {
	if r&roleID != 0 && sc.idKind != 0 {
		return m.idKinds[sc.idKind]
	}
	return m.slots[at].list
}

// kind writes which kind a value has, or which word or string it is.
func (e *Encoder) kind(at uint16, r role, symbol int) {
	l := e.m.listOf(at, r, &e.scope)
	if e.counts != nil {
		e.counts.kind(at, r, &e.scope, symbol)
	}
	if l != nil && e.Choose(l, uint16(symbol)) {
		return
	}
	if symbol < wordBase {
		e.Choose(e.m.kinds0, uint16(symbol))
		return
	}
	e.Choose(e.m.kinds0, kindWord)
	e.Uniform(uint64(symbol-wordBase), wordBits)
}

// value writes a value.
func (e *Encoder) value(at uint16, r role, s []byte) {
	v := textOf(s)
	switch {
	case r&roleFrom != 0:
		e.address(at, r, s, v, false)
		e.scope.from = v
		return
	case r&roleTo != 0:
		e.address(at, r, s, v, !e.s.up)
		e.scope.to = v
		return
	case r&roleID != 0:
		e.id(at, r, s, v)
		e.scope.id = v
		return
	case r&roleReply != 0:
		e.reply(at, r, s, v)
		e.scope.id = v
		return
	}
	if wordOf(s) == 0 && e.same(at, r, v) {
		return
	}
	if r&roleStream != 0 {
		if !e.s.up && len(v) > 0 && bytes.Equal(v, e.s.echo) {
			e.kind(at, r, kindEcho)
			e.s.echo = nil
			return
		}
		if e.s.up {
			e.s.resumes(v)
		}
	}
	e.free(at, r, s, v)
	if r&roleCount != 0 {
		heard := &e.s.heard
		e.number(lenHeard, uint64(heard.next-heard.sure))
		heard.sure = heard.next
	}
}

// same writes a value that is like something of the stanza, and reports whether it is.
func (e *Encoder) same(at uint16, r role, v []byte) bool {
	sc, k := &e.scope, 0
	switch {
	case len(v) == 0:
		return false
	case bytes.Equal(v, sc.id):
		k = kindSameID
	case bytes.Equal(v, sc.from):
		k = kindSameFrom
	case bytes.Equal(v, sc.to):
		k = kindSameTo
	case isBareOf(v, sc.from):
		k = kindSameFromBare
	case isBareOf(v, sc.to):
		k = kindSameToBare
	case r&roleRefers != 0:
		return e.refers(at, r, v)
	default:
		k = e.own(v)
	}
	if k != 0 {
		e.kind(at, r, k)
	}
	return k != 0
}

// own returns as what v is the account's address, 0 when it is not.
func (e *Encoder) own(v []byte) int {
	own := e.s.own
	switch {
	case len(v) == 0:
	case string(v) == own:
		return kindOwn
	case len(v) < len(own) && own[len(v)] == '/' && string(v) == own[:len(v)] && bytes.IndexByte(v, '/') < 0:
		return kindOwnBare
	case e.s.isDomain(v):
		return kindOwnDomain
	}
	return 0
}

// refers writes an id that one of the two ends has sent in this talk.
func (e *Encoder) refers(at uint16, r role, v []byte) bool {
	e.packed = packID(e.packed[:0], v, e.s.in.first)
	if n, ok := e.s.heard.place(e.scope.talk, e.packed); ok {
		e.kind(at, r, kindHeard)
		e.number(lenPlace, uint64(n))
		return true
	}
	e.packed = packID(e.packed[:0], v, e.s.out.first)
	if n, ok := e.s.said.rank(e.s.said.next, e.scope.talk, e.packed); ok {
		e.kind(at, r, kindSaid)
		e.number(lenPlace, uint64(n))
		return true
	}
	return false
}

// address writes the address of a stanza: mine says that it should be the account's.
func (e *Encoder) address(at uint16, r role, s, v []byte, mine bool) {
	sc := &e.scope
	if k := e.own(v); k != 0 {
		e.kind(at, r, k)
		if sc.nested && r&roleFrom != 0 {
			sc.sender = account
		}
		return
	}
	switch {
	case wordOf(s) != 0 || len(v) == 0 || len(v) > maxKept || sc.nested && !sc.trusted:
		e.free(at, r, s, v)
	case mine && !sc.nested && len(e.s.own) == 0 && bytes.IndexByte(v, '/') > 0:
		e.kind(at, r, kindNewOwn)
		e.jid(v)
		e.s.own = string(v)
	default:
		e.peer(at, r, v)
	}
}

// peer writes the address of somebody else.
func (e *Encoder) peer(at uint16, r role, v []byte) {
	address, bare := hashAddress(v)
	rank, same, ok := e.side.find(address)
	var i uint8
	switch {
	case same:
		e.kind(at, r, kindPeer)
		e.number(lenRank, uint64(rank))
		i = e.side.use(rank)
	case !ok:
		e.kind(at, r, kindNewPeer)
		e.jid(v)
		i = e.side.add(address, nil)
	case bare:
		e.kind(at, r, kindPeerBare)
		e.number(lenRank, uint64(rank))
		i = e.side.use(rank)
	default:
		e.kind(at, r, kindPeerNew)
		e.number(lenRank, uint64(rank))
		e.string(slotResource, v[bytes.IndexByte(v, '/')+1:])
		i = e.side.resource(rank, address, nil)
	}
	e.scope.with(e.side, i, address, r)
}

// id writes the id of a stanza.
func (e *Encoder) id(at uint16, r role, s, v []byte) {
	sc := &e.scope
	sc.idKind = e.side.idKind(sc.sender)
	if sc.sender == nobody || wordOf(s) != 0 || !e.numbered(at, r, v) {
		k := e.free(at, r, s, v)
		if sc.sender != nobody {
			e.side.who(sc.sender).idKind = k
		}
	}
	if !sc.nested && wordOf(s) == 0 {
		e.number(lenRemember, uint64(b2i(!e.s.said.remember(sc.talk, v, e.s.out.first))))
	}
}

// reply writes the id of an answer.
func (e *Encoder) reply(at uint16, r role, s, v []byte) {
	if wordOf(s) == 0 {
		if e.refers(at, r, v) {
			return
		}
		if stem, num, ok := split(v); ok && string(stem) == e.s.in.first {
			e.kind(at, r, kindMine)
			e.number(lenMine, uint64(num))
			return
		}
	}
	e.free(at, r, s, v)
}

// numbered writes an id that ends with a number, and reports whether it could.
func (e *Encoder) numbered(at uint16, r role, v []byte) bool {
	stem, num, ok := split(v)
	if !ok {
		return false
	}
	if t := e.side.talks(e.scope.sender); t != nil && briefOf(stem) == t.stem && num > t.num {
		e.kind(at, r, kindNext)
		e.number(lenNext, uint64(num-t.num-1))
		t.num = num
		e.side.who(e.scope.sender).idKind = kindNext
		return true
	}
	if string(stem) == e.s.in.first {
		e.kind(at, r, kindMine)
		e.number(lenMine, uint64(num))
		return true
	}
	n := len(stem) - 1
	sep := strings.IndexByte(separators, stem[n])
	if sep < 0 || n == 0 {
		return false
	}
	e.kind(at, r, kindStem)
	e.number(lenSep, uint64(sep))
	e.string(slotStem, stem[:n])
	e.number(lenStem, uint64(num))
	e.side.begin(e.scope.sender, stem, num)
	return true
}

// string writes a part of a value.
func (e *Encoder) string(at uint16, v []byte) {
	e.room = appendLiteral(e.room[:0], v)
	e.free(at, 0, e.room, v)
}

// jid writes an address.
func (e *Encoder) jid(v []byte) {
	bare := bareOf(v)
	i := bytes.IndexByte(bare, '@')
	local := bare[:max(i, 0)]
	digits := local[endDigits(local):]
	e.number(lenJID, uint64(b2i(len(digits) > 0)<<2|b2i(i >= 0)<<1|b2i(len(bare) < len(v))))
	if i >= 0 {
		text.Append(&e.Encoder, local[:len(local)-len(digits)])
	}
	if n, ok := number(digits); ok {
		e.number(lenLocal, n)
	}
	domain := bare[i+1:]
	if e.s.isDomain(domain) {
		e.kind(slotDomain, 0, kindOwnDomain)
	} else {
		e.string(slotDomain, domain)
	}
	if len(bare) < len(v) {
		e.string(slotResource, v[len(bare)+1:])
	}
}

// free writes a value by itself, and returns its kind.
func (e *Encoder) free(at uint16, r role, s, v []byte) uint8 {
	if n := wordOf(s); n > 0 {
		e.kind(at, r, wordBase+n)
		return kindWord
	}
	if n, ok := e.m.valueOf(v); ok {
		e.kind(at, r, wordBase+n)
		return kindWord
	}
	k := e.kindOf(at, r, v)
	if k == kindText && at != slotTail && !e.m.slots[at].text && e.joined(at, r, v) {
		return kindJoined
	}
	e.kind(at, r, k)
	switch k {
	case kindRoom:
		room := e.s.room(e.scope.talk)
		e.signed(lenRoom, int64(e.seq)-int64(room.seq)-1)
		room.seq = e.seq
	case kindArchive:
		e.signed(lenArchive, int64(e.seq)-int64(e.side.seq)-1)
		e.side.seq = e.seq
	case kindUUID, kindUUIDUpper:
		e.uuid(v)
	case kindHex, kindHexUpper:
		e.size(lenHex, len(v))
		e.bits(v, &unhexes, 4)
	case kindBase64:
		e.base64(v)
	case kindBase64URL:
		e.size(lenBase64URL, len(v))
		e.bits(v, &unbase64url, 6)
	case kindNumber:
		n, _ := number(v)
		if e.number(lenNumber, n); r&roleCount != 0 {
			e.side.count = n
		}
	case kindCount:
		n, _ := number(v)
		e.number(lenCount, n-e.side.count)
		e.side.count = n
	case kindStamp:
		t, digits, fraction, _ := parseStamp(v)
		e.signed(lenStamp, t-e.side.stamp)
		e.side.stamp = t
		e.number(lenFraction, uint64(digits))
		e.Uniform(fraction, bitsFor[digits])
	case kindJID:
		e.jid(v)
	case kindKey:
	default:
		text.Append(&e.Encoder, v)
	}
	return uint8(k)
}

// kindOf returns the kind that a value has by itself.
func (e *Encoder) kindOf(at uint16, r role, v []byte) int {
	if len(v) == 0 || e.m.slots[at].text {
		return kindText
	}
	if len(v) == archiveid.Len {
		if k := e.entry(r, v); k != 0 {
			return k
		}
	}
	if e.s.isKey(v) {
		return kindKey
	}
	if len(v) == 36 {
		if k := uuidKind(v); k != 0 {
			return k
		}
	}
	if n, ok := number(v); ok {
		if r&roleCount != 0 && n >= e.side.count {
			return kindCount
		}
		return kindNumber
	}
	if r&roleStamp != 0 {
		if _, _, _, ok := parseStamp(v); ok {
			return kindStamp
		}
	}
	k := opaque(v)
	switch {
	case k == kindText && (at == slotTail || at == slotStem) && isOpaque(v):
		return kindBase64URL
	case k == kindJID && at > slotText && at < slotBase:
		return kindText // a part of a value has no parts of its own
	}
	return k
}

// entry returns whether v is the id of an entry of the account's archive or a room's, which e.seq then is, and 0 when it is none.
func (e *Encoder) entry(r role, v []byte) int {
	if e.s.ids != nil {
		if e.seq = e.s.ids.Parse(v); e.seq != 0 {
			return kindArchive
		}
	}
	if r&roleRefers != 0 && !e.s.up && !e.scope.nested {
		if room := e.s.room(e.scope.talk); room != nil {
			if e.seq = room.key.Parse(v); e.seq != 0 {
				return kindRoom
			}
		}
	}
	return 0
}

// joined writes a value that begins like many, and reports whether it does.
func (e *Encoder) joined(at uint16, r role, v []byte) bool {
	for i := range v {
		if !joins(v, i) {
			continue
		}
		if n, ok := e.m.valueOf(v[:i+1]); ok {
			e.kind(at, r, kindJoined)
			e.Uniform(uint64(n), wordBits)
			e.string(slotTail, v[i+1:])
			return true
		}
	}
	return false
}

// signed writes a number that is seldom negative.
func (e *Encoder) signed(use int, v int64) {
	if v < 0 {
		e.number(use+1, uint64(-v))
		return
	}
	e.number(use+1, 0)
	e.number(use, uint64(v))
}

// bits writes the values of characters, n bits of each, 24 bits at a time.
func (e *Encoder) bits(v []byte, values *[256]uint8, n int) {
	acc, have := uint64(0), 0
	for _, c := range v {
		acc = acc<<n | uint64(values[c])
		if have += n; have == 24 {
			have = 0
			e.Narrow(acc&(1<<24-1), 1, 24)
		}
	}
	if have > 0 {
		e.Narrow(acc&(1<<have-1), 1, have)
	}
}

// uuid writes the 122 bits of a UUID that are not fixed, 24 at a time.
func (e *Encoder) uuid(v []byte) {
	acc, have := uint64(0), 0
	for i, c := range v {
		n := 4
		switch i {
		case 8, 13, 14, 18, 23: // dashes, and the version
			continue
		case 19:
			n = 2
		}
		acc = acc<<n | uint64(unhexes[c])&(1<<n-1)
		if have += n; have >= 24 {
			have -= 24
			e.Narrow(acc>>have&(1<<24-1), 1, 24)
		}
	}
	e.Narrow(acc&(1<<have-1), 1, have)
}

func (e *Encoder) base64(v []byte) {
	e.room = append(e.room[:0], v...)
	n, _ := base64.StdEncoding.Strict().Decode(e.room, v)
	e.size(lenBase64, n)
	e.bits(e.room[:n], &identity, 8)
}
