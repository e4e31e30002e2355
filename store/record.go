package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Every value is a record: one byte of record version, the body, and four bytes
// of CRC-32C (little endian) over key, version and body. The key is covered so
// that a value that turns up under another key is noticed too.
const (
	recordVersion  = 1
	recordOverhead = 1 + crc32.Size
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func corruptf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrCorrupt}, args...)...)
}

// sealRecord appends the checksum to a record of key that lies in rec[start:].
func sealRecord(rec []byte, start int, key []byte) []byte {
	crc := crc32.Update(crc32.Update(0, castagnoli, key), castagnoli, rec[start:])
	return binary.LittleEndian.AppendUint32(rec, crc)
}

// openRecord checks a record and returns its body, which aliases rec.
func openRecord(key, rec []byte) (fields, error) {
	if len(rec) < recordOverhead {
		return fields{}, corruptf("record of %q is %d bytes long", key, len(rec))
	}
	body, sum := rec[:len(rec)-crc32.Size], rec[len(rec)-crc32.Size:]
	crc := crc32.Update(crc32.Update(0, castagnoli, key), castagnoli, body)
	if crc != binary.LittleEndian.Uint32(sum) {
		return fields{}, corruptf("checksum of %q", key)
	}
	if body[0] != recordVersion {
		return fields{}, corruptf("record of %q has version %d", key, body[0])
	}
	return fields{key: key, buf: body[1:]}, nil
}

// Encoders of fields. Integers are uvarints, strings have their length before
// them, times are microseconds since 1970 as a little-endian int64 (0: none).

func appendUvarints(dst []byte, v ...uint64) []byte {
	for _, v := range v {
		dst = binary.AppendUvarint(dst, v)
	}
	return dst
}

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// appendJID appends j as a string field, the empty one for the zero JID.
func appendJID(dst []byte, j jid.JID) []byte { return appendString(dst, j.String()) }

func appendTime(dst []byte, t time.Time) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(micros(t)))
}

// micros returns t in microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fields decodes the body of a record in order. The first failure sticks; done
// reports it. Byte slices it returns alias the record.
type fields struct {
	key []byte
	buf []byte
	bad bool
}

func (f *fields) done() error {
	if f.bad || len(f.buf) != 0 {
		return corruptf("body of %q", f.key)
	}
	return nil
}

func (f *fields) fail() { f.bad, f.buf = true, nil }

func (f *fields) byte() byte {
	if len(f.buf) == 0 {
		f.fail()
		return 0
	}
	b := f.buf[0]
	f.buf = f.buf[1:]
	return b
}

func (f *fields) uvarint() uint64 {
	v, n := binary.Uvarint(f.buf)
	if n <= 0 {
		f.fail()
		return 0
	}
	f.buf = f.buf[n:]
	return v
}

func (f *fields) bytes() []byte {
	n := f.uvarint()
	if n > uint64(len(f.buf)) {
		f.fail()
		return nil
	}
	b := f.buf[:n:n]
	f.buf = f.buf[n:]
	return b
}

// rest takes everything that is left.
func (f *fields) rest() []byte {
	b := f.buf
	f.buf = nil
	return b[:len(b):len(b)]
}

func (f *fields) time() time.Time {
	if len(f.buf) < 8 {
		f.fail()
		return time.Time{}
	}
	us := int64(binary.LittleEndian.Uint64(f.buf))
	f.buf = f.buf[8:]
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func (f *fields) jid() jid.JID {
	b := f.bytes()
	if len(b) == 0 {
		return jid.JID{}
	}
	j, err := jid.ParseBytes(b)
	if err != nil {
		f.fail()
	}
	return j
}
