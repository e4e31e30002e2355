package client

import (
	"context"

	"github.com/godwit-im/godwit/codec/compress"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// inflateLimits allow whatever deflate can do; readLimits bound the stanzas. Anybody may send us messages that compress as well as that, and who refuses what the
// server delivers gets it again at every login.
var inflateLimits = compress.Limits{Ratio: compress.MaxRatio, Burst: readLimits.Bytes}

// compress begins to compress, in the middle of the stream.
func (c *Conn) compress(ctx context.Context, k *kit, method string) error {
	d := compress.NewDecoder(compress.Named(method), c.dec, c.enc, &inflateLimits)
	c.mu.Lock()
	c.dec, c.enc = d, d.Encoder()
	c.mu.Unlock()
	_, err := c.step(ctx, k, &stream.Input{Kind: stream.Compressed})
	return err
}

// Compressed reports whether the stream is compressed (XEP-0138).
func (c *Conn) Compressed() bool {
	_, ok := c.dec.(*compress.Decoder)
	return ok
}

// rest lets the decoder give back what the elements of this read were in.
func (c *Conn) rest() {
	if d, ok := c.dec.(*compress.Decoder); ok {
		d.Rest()
	}
}
