package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// xmlContext is the header that text given to SendXML stands under.
const xmlContext = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

// SendXML sends the first-level elements that are in text, in whatever encoding the connection has. It is for tests and tools.
func (c *Conn) SendXML(ctx context.Context, text string) error {
	return eachElement(text, func(e codec.Element) error {
		return c.sending(ctx, func(now time.Time, out *stream.Output) error { return c.m.Send(now, out, e) })
	})
}

// SendRaw writes bytes into the stream as they are: XML, or items of the compact coding. They count as no stanza; the server may
// complain. It is for tests.
func (c *Conn) SendRaw(ctx context.Context, raw []byte) error {
	return c.sending(ctx, func(_ time.Time, out *stream.Output) error {
		if c.m.state != bound {
			return c.m.unsendable()
		}
		if c.Compressed() {
			return errRawCompressed
		}
		out.Buf = append(out.Buf, raw...)
		return nil
	})
}

var errRawCompressed = errors.New("client: raw bytes are no part of a compressed stream")

// eachElement calls f for each element of text, valid until f returns.
func eachElement(text string, f func(codec.Element) error) error {
	d := xmltext.NewDecoder(&codec.DefaultLimits)
	defer d.Close()
	k := takeKit()
	defer k.give()
	any := false
	for p := []byte(xmlContext + text + "</stream:stream>"); len(p) > 0; {
		n, event, err := d.Decode(p, &k.scratch)
		p = p[n:]
		switch {
		case err != nil:
			return fmt.Errorf("client: the XML to send: %w", err)
		case event == codec.EventElement:
			any = true
			if err := f(k.scratch.Tree.Root()); err != nil {
				return err
			}
		case event == codec.EventClose && len(p) > 0:
			return errors.New("client: the XML to send closes the stream")
		}
	}
	if !any {
		return errNothing
	}
	return nil
}
