package xmpptest

import (
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// writer turns the XML that a client says into compact items.
type writer struct {
	decoder codec.Decoder
	scratch codec.Scratch
}

// compact makes both ends of a new connection carry compact items.
func (c *Client) compact() {
	c.writer = &writer{decoder: xmltext.NewDecoder(&codec.Limits{})}
	c.decoder = compact.NewDecoder(&codec.Limits{})
	c.conn.decoder, c.conn.encoder = compact.NewDecoder(&codec.PreAuthLimits), compact.Encoder{}
}

// Encode returns text as the connection carries it. On one of compact items what is no XML stays as it is, and the text behind it is read anew; an element that has
// not ended waits for its end.
func (c *Client) Encode(text string) []byte {
	if c.writer == nil {
		return []byte(text)
	}
	return c.writer.encode([]byte(text))
}

// SendBytes gives the server bytes as they are, and runs until nothing is left to do.
func (c *Client) SendBytes(p []byte) {
	c.conn.input = append(c.conn.input, p...)
	c.w.Run()
}

func (w *writer) encode(p []byte) (items []byte) {
	if text := string(p); strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<stream:stream") {
		w.decoder.Restart()
	}
	for len(p) > 0 {
		n, event, err := w.decoder.Decode(p, &w.scratch)
		if err != nil {
			w.begin()
			return append(items, p...)
		}
		p = p[n:]
		switch event {
		case codec.EventOpen:
			items = compact.Encoder{}.AppendOpen(items, w.scratch.Tree.Root())
		case codec.EventElement:
			items = compact.Encoder{}.AppendElement(items, w.scratch.Tree.Root())
		case codec.EventClose:
			items = compact.Encoder{}.AppendClose(items)
		}
	}
	return items
}

// begin reads on as if a stream header had come.
func (w *writer) begin() {
	w.decoder = xmltext.NewDecoder(&codec.Limits{})
	w.decoder.Decode([]byte(streamHeader), &w.scratch)
}
