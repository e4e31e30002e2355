package client

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compress"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestWhatCompressesWellIsRead: a sender can make its messages compress a thousandfold. A client that takes them for a bomb gets them again at every login.
func TestWhatCompressesWellIsRead(t *testing.T) {
	body := strings.Repeat("a", codec.DefaultLimits.Bytes-100)
	for _, name := range compress.Names() {
		m := compress.Named(name)
		enc, s := compress.NewEncoder(m, xmltext.Encoder{}), new(codec.Scratch)
		d := compress.NewDecoder(m, xmltext.NewDecoder(&readLimits), xmltext.Encoder{}, &inflateLimits)
		wire := enc.AppendOpen(nil, codec.Element{})
		b := new(codec.Builder)
		e := b.Start(atom.NSClient, atom.Message).Start(atom.NSClient, atom.Body).Text(body).Element()
		for range 40 {
			wire = enc.AppendElement(wire, e)
		}
		elements := 0
		for len(wire) > 0 {
			n, ev, err := d.Decode(wire, s)
			if err != nil {
				t.Fatalf("%s: after %d messages: %v", name, elements, err)
			}
			if ev == codec.EventElement {
				elements++
			}
			wire = wire[n:]
		}
		if elements != 40 {
			t.Errorf("%s: %d messages", name, elements)
		}
		d.Close()
	}
}

// TestTraceOfCompression: what the server says is in the transcript of a compressed stream, too. It was not.
func TestTraceOfCompression(t *testing.T) {
	var b strings.Builder
	c := Conn{shell: shell{enc: compress.NewEncoder(compress.Zlib, tracer{xmltext.Encoder{}, &b})}}
	c.traceInput(&stream.Input{Kind: stream.Footer})
	c.enc.AppendClose(nil)
	if got, want := b.String(), "S: </stream:stream>\nC: </stream:stream>\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
