package compress

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Decoder decompresses a stream and has another decoder read it. It is a [codec.Decoder] with one difference: also with EventNone it may leave some of p,
// after 4 KiB of plain text at the most, so that its user can count and stop. Nothing is decompressed that its user has not asked for: when a byte
// of p stands for several events, Decode does not let that byte go before the last of them.
//
// It belongs to one goroutine at a time.
type Decoder struct {
	inner   codec.Decoder
	encoder codec.Encoder
	limits  *Limits
	inflate inflater
	pending []byte // decompressed and not yet given to inner
	err     error  // final, and comes behind what is pending
	credit  int    // bytes that may come without more input
	left    uint32 // bytes of the message to come; while its length is being read, that
	sum     uint32 // Adler-32 of what came (RFC 1950 §2.2)
	plain   int32  // bytes that the last Decode gave to inner, and what its codes count for
	method  Method
	place   place
	shift   uint8 // of the next byte of a length or sum
	first   byte  // of the header of zlib
	ahead   bool  // the first byte of the next p was used before
	more    bool  // inflate may have more without input
}

// place is the place in what surrounds deflate.
type place uint8

const (
	atHeader place = iota // the first byte of zlib's header (RFC 1950 §2.2), or a byte of a message's length
	atFlags               // the second byte of zlib's header
	inBody                // deflate
	atSum                 // zlib's checksum
	over                  // nothing may follow
)

// NewDecoder returns a Decoder of the method for a stream that begins now. inner reads what it decompresses, encoder writes in the other direction.
// It keeps limits, which nobody may change.
func NewDecoder(m Method, inner codec.Decoder, encoder codec.Encoder, limits *Limits) *Decoder {
	d := &Decoder{inner: inner, encoder: &Encoder{encoder, m}, limits: limits, method: m, credit: limits.Burst, sum: 1}
	d.inflate.reset(m.dictionary())
	return d
}

// Encoder returns the encoder of the stream's other direction.
func (d *Decoder) Encoder() codec.Encoder { return d.encoder }

// codeWeight is what the codes of a dynamic block count for. To build them takes two microseconds, in which a kilobyte of XML is read, and a block without
// content comes in eleven bytes.
const codeWeight = 512

// Plain returns what a peer's rate is counted by: how many bytes of the stream the last call of Decode has read, and 512 for each block with codes of its own.
func (d *Decoder) Plain() int { return int(d.plain) }

// Decode implements codec.Decoder, but see Decoder.
func (d *Decoder) Decode(p []byte, s *codec.Scratch) (n int, ev codec.Event, err error) {
	d.plain = 0
	if len(p) == 0 || d.err != nil && len(d.pending) == 0 {
		return 0, codec.EventNone, d.err
	}
	if d.ahead {
		n = 1
	}
	if len(d.pending) == 0 {
		k, err := d.fill(p[n:])
		if n += k; err != nil {
			d.fail(err)
		}
		d.plain, d.inflate.codes = int32(d.inflate.codes)*codeWeight, 0
	}
	if len(d.pending) == 0 {
		d.ahead = false
		return n, codec.EventNone, d.err
	}
	k, ev, err := d.inner.Decode(d.pending, s)
	d.plain, d.pending = d.plain+int32(k), d.pending[k:]
	if err != nil {
		d.err, d.pending = err, nil
		return n, codec.EventNone, err
	}
	if d.ahead = len(d.pending) > 0 || d.more || d.err != nil; d.ahead {
		n--
	}
	return n, ev, nil
}

// fail notes that the stream ends behind what is pending. So what is read before a fault does not depend on where the input was cut.
func (d *Decoder) fail(err error) {
	if err == errCorrupt {
		err = &codec.Error{Condition: atom.ProcessingFailed, Reason: "the compressed data is corrupt"}
	}
	d.err, d.more = err, false
}

// fill decompresses from p until there is something to read, or p is used up.
func (d *Decoder) fill(p []byte) (used int, err error) {
	for len(d.pending) == 0 && err == nil && (used < len(p) || d.more) {
		n := 1
		switch {
		case d.place == inBody:
			n, err = d.body(p[used:])
		case d.place == over:
			err = errCorrupt
		case d.method == Zlib:
			err = d.zlib(p[used])
		default:
			err = d.length(p[used])
		}
		used += n
	}
	return used, err
}

// body decompresses, and looks at what comes to how much.
func (d *Decoder) body(p []byte) (used int, err error) {
	if d.method != Zlib && len(p) > int(d.left) {
		p = p[:d.left]
	}
	used, d.pending, d.more, err = d.inflate.run(p)
	d.credit = min(d.credit+used*d.limits.Ratio, d.limits.Burst) - len(d.pending)
	switch {
	case err != nil:
		return used, err
	case d.credit < 0:
		return used, &codec.Error{Condition: atom.PolicyViolation, Reason: "compressed too well to be stanzas"}
	case d.method == Zlib:
		return used, d.bodyOfZlib()
	}
	return used, d.bodyOfMessage(used)
}

// Rest gives back what an idle connection need not hold. It is called when the elements that Decode gave are not needed any more.
func (d *Decoder) Rest() {
	if d.method != Zlib && d.place == atHeader && len(d.pending) == 0 {
		d.inflate.reset(d.inflate.dict)
	}
}

// Restart implements codec.Decoder. The compression goes on.
func (d *Decoder) Restart() { d.inner.Restart() }

// SetLimits implements codec.Decoder.
func (d *Decoder) SetLimits(l *codec.Limits) { d.inner.SetLimits(l) }

// Close implements codec.Decoder.
func (d *Decoder) Close() {
	d.inner.Close()
	d.pending = nil
	d.inflate.reset(nil)
}
