package edge

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"unsafe"
)

// crypto/tls keeps two buffers for the life of a connection: rawInput, for the record that is being read (as large as the largest record there was, up to
// 33 KB), and hand, for handshake messages (2 KB from the handshake). Between two records both are empty. Of ten thousand
// idle connections that is most of the memory, so the loop lends its own buffer for the time of a read and takes the
// empty ones away afterwards.
//
// The fields are not exported. This file, the only one that is unsafe here, reaches them by the offsets that reflection gives, and does nothing when
// a field by that name and of type bytes.Buffer does not exist, in which case connections are just larger; TestTLSBuffersAreKnown tells. It is sound because
// the tls.Conn is at rest (the loop is its only user after the handshake), because an empty bytes.Buffer holds nothing but memory, and because a
// Read that has ended with errMore has dropped its reference to the record that it read before (crypto/tls resets
// Conn.input before it asks for more). After any other end of reading the connection is never read again.
var (
	rawInputField, rawInputKnown = bufferField("rawInput")
	handField, handKnown         = bufferField("hand")
)

func bufferField(name string) (offset uintptr, known bool) {
	f, ok := reflect.TypeFor[tls.Conn]().FieldByName(name)
	return f.Offset, ok && f.Type == reflect.TypeFor[bytes.Buffer]()
}

func bufferAt(c *tls.Conn, offset uintptr) *bytes.Buffer {
	return (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(c), offset))
}

// lend gives c the loop's buffer to read records into, and reports whether it did: c may still have a part of a record in its own.
func (l *loop) lend(c *tls.Conn) bool {
	if !rawInputKnown {
		return false
	}
	raw := bufferAt(c, rawInputField)
	if raw.Len() > 0 {
		return false
	}
	*raw = *bytes.NewBuffer(l.record)
	return true
}

// takeBack ends what lend began. A part of a record moves to memory of its own.
func (l *loop) takeBack(c *tls.Conn, lent bool) {
	if handKnown {
		if hand := bufferAt(c, handField); hand.Len() == 0 {
			*hand = bytes.Buffer{}
		}
	}
	if !rawInputKnown {
		return
	}
	raw := bufferAt(c, rawInputField)
	part := raw.Bytes()
	switch {
	case len(part) == 0:
		part = nil
	case lent:
		part = bytes.Clone(part)
	default:
		return
	}
	if lent {
		raw.Reset()
		l.record = raw.AvailableBuffer()
	}
	*raw = *bytes.NewBuffer(part)
}
