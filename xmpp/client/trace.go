package client

import (
	"io"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compress"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// tracer is an Encoder that writes a transcript too: "C: " and what the client sends, as XML. It is for people and for tests: it allocates.
type tracer struct {
	codec.Encoder
	w io.Writer
}

// AppendOpen implements codec.Encoder.
func (t tracer) AppendOpen(dst []byte, e codec.Element) []byte {
	t.line("C: ", xmltext.Encoder{}.AppendOpen(nil, e))
	return t.Encoder.AppendOpen(dst, e)
}

// AppendElement implements codec.Encoder.
func (t tracer) AppendElement(dst []byte, e codec.Element) []byte {
	t.line("C: ", discreet(e))
	return t.Encoder.AppendElement(dst, e)
}

// AppendFrame implements codec.Encoder.
func (t tracer) AppendFrame(dst []byte, f *codec.Frame) []byte {
	t.line("C: ", []byte("<!-- a frame -->"))
	return t.Encoder.AppendFrame(dst, f)
}

// AppendClose implements codec.Encoder.
func (t tracer) AppendClose(dst []byte) []byte {
	t.line("C: ", xmltext.Encoder{}.AppendClose(nil))
	return t.Encoder.AppendClose(dst)
}

func (t tracer) line(who string, text []byte) {
	line := append([]byte(who), text...)
	t.w.Write(append(line, '\n')) // a transcript that cannot be written is no reason to stop
}

// discreet returns e as XML, of SASL only the name of the element.
func discreet(e codec.Element) []byte {
	if (e.NS() == atom.NSSASL || e.NS() == atom.NSSASL2) && e.Name() != atom.Failure {
		return append(append([]byte("<"), e.LocalName()...), " …/>"...)
	}
	return xmltext.Encoder{}.AppendElement(nil, e)
}

// traceInput writes what the server said. The caller holds mu.
func (c *Conn) traceInput(in *stream.Input) {
	enc := c.enc
	if x, ok := enc.(*compress.Encoder); ok {
		enc = x.Encoder
	}
	t, on := enc.(tracer)
	if !on {
		return
	}
	switch in.Kind {
	case stream.Header:
		t.line("S: ", xmltext.Encoder{}.AppendOpen(nil, in.Element))
	case stream.Element:
		t.line("S: ", discreet(in.Element))
	case stream.Footer:
		t.line("S: ", xmltext.Encoder{}.AppendClose(nil))
	case stream.Malformed:
		t.line("S: ", []byte("<!-- "+in.Err.Error()+" -->"))
	}
}
