package edge

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compress"
)

// compress begins to compress at the machine's wish. What the peer has sent behind its request counts as compressed, whatever it is: it had to wait
// for our answer, and plain text there is corrupt.
func (c *conn) compress(method string) {
	m := compress.Named(method)
	if m == 0 || c.compressed() != nil {
		panic("edge: a machine compresses with " + method)
	}
	c.decoder = compress.NewDecoder(m, c.decoder, countingEncoder{c.coding().encoder, c}, &c.loop.server.inflate)
}

// compressed returns the decoder of a compressed stream, nil when c has none.
func (c *conn) compressed() *compress.Decoder {
	d, _ := c.decoder.(*compress.Decoder)
	return d
}

// encoder returns what writes to the peer.
func (c *conn) encoder() codec.Encoder {
	if d := c.compressed(); d != nil {
		return d.Encoder()
	}
	return c.coding().encoder
}

// weight returns what the n bytes that were decoded last count for: compressed ones as much as what they have become.
func (c *conn) weight(n int) int {
	if d := c.compressed(); d != nil {
		return max(n, d.Plain())
	}
	return n
}

// rest lets the decoder give back what it needs for the elements of this batch only.
func (c *conn) rest() {
	if d := c.compressed(); d != nil {
		d.Rest()
	}
}
