package pack

import (
	"encoding/base64"
	"encoding/hex"

	"github.com/godwit-im/godwit/codec/pack/coder"
	"github.com/godwit-im/godwit/codec/pack/text"
)

// kind reads which kind a value has, or which word or string it is.
func (d *Decoder) kind(at uint16, r role) int {
	if l := d.m.listOf(at, r, &d.scope); l != nil {
		if v := d.Choose(l); v != coder.Escape {
			return int(v)
		}
	}
	k := int(d.Choose(d.m.kinds0))
	if k == kindWord {
		k = wordBase + int(d.Uniform(wordBits))
	}
	return k
}

// value reads a value, and appends it as a string of the literal coding.
func (d *Decoder) value(dst []byte, at uint16, r role) []byte {
	from := len(dst)
	if r&roleID != 0 {
		d.scope.idKind = d.side.idKind(d.scope.sender)
	}
	k := d.kind(at, r)
	switch {
	case r&(roleFrom|roleTo) != 0:
		dst = d.address(dst, k, at, r)
	case r&roleID != 0:
		dst = d.id(dst, k, at, r)
	default:
		dst = d.other(dst, k, at, r)
	}
	if d.err != nil {
		return append(dst[:from], literal)
	}
	v := textOf(dst[from:])
	switch {
	case r&roleFrom != 0:
		d.scope.from = v
	case r&roleTo != 0:
		d.scope.to = v
	case r&(roleID|roleReply) != 0:
		d.scope.id = v
	}
	return dst
}

// other reads a value that is no address and no id of a stanza.
func (d *Decoder) other(dst []byte, k int, at uint16, r role) []byte {
	sc, from := &d.scope, len(dst)
	switch k {
	case kindSameID:
		return d.copy(dst, sc.id)
	case kindSameFrom:
		return d.copy(dst, sc.from)
	case kindSameTo:
		return d.copy(dst, sc.to)
	case kindSameFromBare:
		return d.copy(dst, bareOf(sc.from))
	case kindSameToBare:
		return d.copy(dst, bareOf(sc.to))
	case kindOwn, kindOwnBare, kindOwnDomain:
		return d.own(dst, k)
	case kindEcho:
		if !d.s.up {
			d.fail(ErrMalformed)
			return dst
		}
		dst = d.copy(dst, d.s.echo)
		d.s.echo = nil
		return dst
	case kindHeard:
		return d.reference(dst, d.s.said.placed(sc.talk, d.few(lenPlace)), d.s.out.first)
	case kindSaid:
		return d.reference(dst, d.s.heard.at(d.s.heard.next, sc.talk, d.few(lenPlace)), d.s.in.first)
	}
	if k == kindMine && r&roleReply != 0 && len(d.s.out.first) > 0 {
		return appendNumbered(dst, []byte(d.s.out.first), uint32(d.number(lenMine)))
	}
	dst = d.free(dst, k, at, r)
	if d.err != nil {
		return dst
	}
	if r&roleStream != 0 && !d.s.up {
		d.s.resumes(textOf(dst[from:]))
	}
	if r&roleCount != 0 {
		said := &d.s.said
		n := d.number(lenHeard)
		if n > uint64(said.next-said.sure) {
			d.fail(ErrMalformed)
			return dst
		}
		said.sure += uint16(n)
	}
	return dst
}

// copy appends what was there before, which is not empty.
func (d *Decoder) copy(dst, v []byte) []byte {
	if len(v) == 0 {
		d.fail(ErrMalformed)
		return dst
	}
	return appendLiteral(dst, v)
}

// reference appends an id that was packed.
func (d *Decoder) reference(dst, id []byte, first string) []byte {
	if len(id) == 0 {
		d.fail(ErrMalformed)
		return dst
	}
	at := len(dst)
	return endLiteral(unpackID(append(dst, literal), id, first), at)
}

func (d *Decoder) own(dst []byte, k int) []byte {
	own := d.s.own
	switch k {
	case kindOwnBare:
		own = bareString(own)
	case kindOwnDomain:
		return appendLiteral(dst, []byte(d.s.host))
	}
	return d.copy(dst, []byte(own))
}

// address reads the address of a stanza.
func (d *Decoder) address(dst []byte, k int, at uint16, r role) []byte {
	sc, from := &d.scope, len(dst)
	switch k {
	case kindOwn, kindOwnBare, kindOwnDomain:
		if sc.nested && r&roleFrom != 0 {
			sc.sender = account
		}
		return d.own(dst, k)
	case kindNewOwn:
		if len(d.s.own) > 0 || sc.nested || !d.s.up {
			d.fail(ErrMalformed)
			return dst
		}
		dst = d.jid(dst)
		d.s.own = string(textOf(dst[from:]))
		return dst
	case kindPeer, kindPeerBare, kindPeerNew, kindNewPeer:
		if sc.nested && !sc.trusted {
			d.fail(ErrMalformed)
			return dst
		}
		return d.peer(dst, k, r)
	}
	return d.free(dst, k, at, r)
}

// peer reads the address of somebody else.
func (d *Decoder) peer(dst []byte, k int, r role) []byte {
	from, s := len(dst), d.side
	var i uint8
	var h uint64
	if k == kindNewPeer {
		if dst = d.jid(dst); d.err == nil && len(textOf(dst[from:])) > maxKept {
			d.fail(ErrMalformed)
		}
		if d.err != nil {
			return dst
		}
		h, _ = hashAddress(textOf(dst[from:]))
		i = s.add(h, d.packAddress(textOf(dst[from:])))
	} else {
		rank := d.number(lenRank)
		if rank >= uint64(s.n) {
			d.fail(ErrMalformed)
			return dst
		}
		dst = d.m.unpackAddress(append(dst, literal), s.address(s.order()[rank]), d.s.host)
		switch k {
		case kindPeer:
			dst = endLiteral(dst, from)
			i = s.use(int(rank))
		case kindPeerBare:
			dst = endLiteral(dst[:from+1+len(bareOf(dst[from+1:]))], from)
			i = s.use(int(rank))
		default:
			dst = append(dst[:from+1+len(bareOf(dst[from+1:]))], '/')
			dst = endLiteral(d.part(dst, slotResource), from)
			if d.err == nil && len(textOf(dst[from:])) > maxKept {
				d.fail(ErrMalformed)
			}
			if d.err != nil {
				return dst
			}
			h, _ = hashAddress(textOf(dst[from:]))
			i = s.resource(int(rank), h, d.packAddress(textOf(dst[from:])))
		}
	}
	if h == 0 {
		h, _ = hashAddress(bareOf(textOf(dst[from:]))) // what is behind the bare JID does not count
	}
	d.scope.with(s, i, h, r)
	return dst
}

// id reads the id of a stanza.
func (d *Decoder) id(dst []byte, k int, at uint16, r role) []byte {
	sc, from, s := &d.scope, len(dst), d.side
	var p *peer
	if sc.sender != nobody {
		p = s.who(sc.sender)
	}
	switch {
	case k == kindNext && p != nil && s.talks(sc.sender) != nil:
		t := s.talks(sc.sender)
		t.num += uint32(d.number(lenNext)) + 1
		p.idKind = kindNext
		dst = appendNumbered(dst, s.stem(sc.sender), t.num)
	case k == kindMine && len(d.s.out.first) > 0:
		dst = appendNumbered(dst, []byte(d.s.out.first), uint32(d.number(lenMine)))
	case k == kindStem && p != nil:
		sep := d.number(lenSep)
		if sep >= uint64(len(separators)) {
			d.fail(ErrMalformed)
			return dst
		}
		start := len(dst)
		dst = d.part(append(dst, literal), slotStem)
		dst = append(dst, separators[sep])
		if len(dst)-start-1 > maxKept {
			d.fail(ErrMalformed)
		}
		num := uint32(d.number(lenStem))
		if d.err != nil {
			return dst
		}
		s.begin(sc.sender, dst[start+1:], num)
		dst = endLiteral(appendDecimal(dst, uint64(num)), start)
	case k == kindNext, k == kindMine, k == kindStem:
		d.fail(ErrMalformed)
	default:
		dst = d.free(dst, k, at, r)
		if p != nil {
			if p.idKind = kindWord; k < wordBase {
				p.idKind = uint8(k)
			}
		}
	}
	if d.err == nil && !sc.nested && wordOf(dst[from:]) == 0 {
		if id := textOf(dst[from:]); d.number(lenRemember) == 0 {
			if len(id) > maxKept {
				d.fail(ErrMalformed)
				return dst
			}
			d.s.heard.put(sc.talk, id, d.s.in.first)
		}
	}
	return dst
}

func appendNumbered(dst, stem []byte, num uint32) []byte {
	at := len(dst)
	return endLiteral(appendDecimal(append(append(dst, literal), stem...), uint64(num)), at)
}

// part appends the bytes of a value to one that is being put together.
func (d *Decoder) part(dst []byte, at uint16) []byte {
	from := len(dst)
	dst = d.free(dst, d.kind(at, 0), at, 0)
	if d.err != nil {
		return dst[:from]
	}
	v := textOf(dst[from:])
	return dst[:from+copy(dst[from:], v)]
}

// jid reads an address.
func (d *Decoder) jid(dst []byte) []byte {
	at, parts := len(dst), d.number(lenJID)
	dst = append(dst, literal)
	if parts > 7 || parts&6 == 4 {
		d.fail(ErrMalformed)
		return dst
	}
	if parts&2 != 0 {
		var err error
		if dst, err = text.Read(&d.Decoder, dst, d.max); err != nil {
			d.fail(err)
		}
		if parts&4 != 0 {
			dst = appendDecimal(dst, d.number(lenLocal))
		}
		dst = append(dst, '@')
	}
	if k := d.kind(slotDomain, 0); k == kindOwnDomain {
		dst = append(dst, d.s.host...)
	} else {
		from := len(dst)
		if dst = d.free(dst, k, slotDomain, 0); d.err == nil {
			dst = dst[:from+copy(dst[from:], textOf(dst[from:]))]
		}
	}
	if parts&1 != 0 {
		dst = d.part(append(dst, '/'), slotResource)
	}
	return endLiteral(dst, at)
}

// free reads a value that stands by itself.
func (d *Decoder) free(dst []byte, k int, at uint16, r role) []byte {
	if k >= wordBase {
		return d.word(dst, k-wordBase)
	}
	from := len(dst)
	dst = append(dst, literal)
	switch k {
	case kindText:
		return d.text(dst[:from])
	case kindArchive:
		if d.s.ids == nil {
			d.fail(ErrMalformed)
			return dst
		}
		d.side.seq += uint64(d.signed(lenArchive)) + 1
		dst = d.s.ids.Append(dst, d.side.seq)
	case kindRoom:
		room := d.s.room(d.scope.talk)
		if room == nil {
			d.fail(ErrMalformed)
			return dst
		}
		room.seq += uint64(d.signed(lenRoom)) + 1
		dst = room.key.Append(dst, room.seq)
	case kindJoined:
		if at == slotTail {
			d.fail(ErrMalformed)
			return dst
		}
		if d.raws = d.word(d.raws[:0], int(d.Uniform(wordBits))); d.err != nil {
			return dst
		}
		dst = append(dst, textOf(d.raws)...)
		dst = d.part(dst, slotTail)
	case kindUUID:
		dst = d.uuid(dst, hexLower)
	case kindUUIDUpper:
		dst = d.uuid(dst, hexUpper)
	case kindHex:
		dst = d.digits(dst, lenHex, hexLower, 4)
	case kindHexUpper:
		dst = d.digits(dst, lenHex, hexUpper, 4)
	case kindBase64URL:
		dst = d.digits(dst, lenBase64URL, urlChars, 6)
	case kindBase64:
		dst = d.base64(dst)
	case kindNumber:
		n := d.number(lenNumber)
		if dst = appendDecimal(dst, n); r&roleCount != 0 {
			d.side.count = n
		}
	case kindCount:
		d.side.count += d.number(lenCount)
		dst = appendDecimal(dst, d.side.count)
	case kindStamp:
		d.side.stamp += d.signed(lenStamp)
		digits := d.number(lenFraction)
		if digits > 9 || d.side.stamp < minStamp || d.side.stamp > maxStamp {
			d.fail(ErrMalformed)
			return dst
		}
		dst = appendStamp(dst, d.side.stamp, int(digits), d.Uniform(bitsFor[digits]))
	case kindJID:
		if at > slotText && at < slotBase {
			d.fail(ErrMalformed)
			return dst
		}
		return d.jid(dst[:from])
	case kindKey:
		if d.s.ids == nil {
			d.fail(ErrMalformed)
			return dst
		}
		dst = hex.AppendEncode(dst, d.s.ids[:])
	default:
		d.fail(ErrMalformed)
		return dst
	}
	return endLiteral(dst, from)
}

func (d *Decoder) word(dst []byte, n int) []byte {
	switch {
	case n > 0 && n < len(words):
		return appendWord(dst, n)
	case n >= len(words) && n < len(words)+len(d.m.strings):
		return appendLiteral(dst, d.m.strings[n-len(words)])
	}
	d.fail(ErrMalformed)
	return dst
}

func (d *Decoder) signed(use int) int64 {
	if back := d.number(use + 1); back > 0 {
		return -int64(back)
	}
	return int64(d.number(use))
}

func (d *Decoder) uuid(dst []byte, digits string) []byte {
	b := bitReader{left: 122}
	for i := range 36 {
		switch i {
		case 8, 13, 18, 23:
			dst = append(dst, '-')
		case 14:
			dst = append(dst, '4')
		case 19:
			dst = append(dst, digits[8+b.next(d, 2)])
		default:
			dst = append(dst, digits[b.next(d, 4)])
		}
	}
	return dst
}

// bitReader reads what Encoder.bits writes.
type bitReader struct {
	left int // bits that are still to be read
	have int // and that are in bits
	bits uint32
}

func (b *bitReader) next(d *Decoder, n int) uint32 {
	if b.have < n {
		take := min(b.left, 24)
		b.bits = b.bits<<take | uint32(d.Uniform(take))
		b.have += take
		b.left -= take
	}
	b.have -= n
	return b.bits >> b.have & (1<<n - 1)
}

func (d *Decoder) digits(dst []byte, use int, digits string, bits int) []byte {
	n := d.size(use)
	for b := (bitReader{left: n * bits}); n > 0 && !d.Beyond(); n-- {
		dst = append(dst, digits[b.next(d, bits)])
	}
	return dst
}

func (d *Decoder) base64(dst []byte) []byte {
	n := d.size(lenBase64)
	at := len(d.raws)
	for b := (bitReader{left: n * 8}); n > 0 && !d.Beyond(); n-- {
		d.raws = append(d.raws, byte(b.next(d, 8)))
	}
	dst = base64.StdEncoding.AppendEncode(dst, d.raws[at:])
	d.raws = d.raws[:at]
	return dst
}
