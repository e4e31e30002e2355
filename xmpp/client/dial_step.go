package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// consume gives the Machine what p, which has just been read, holds.
func (c *Conn) consume(ctx context.Context, k *kit, p []byte) error {
	if c.link != nil {
		return c.link.open(p, func(plain []byte) error { return c.decode(ctx, k, plain) })
	}
	return c.decode(ctx, k, p)
}

// decode gives the Machine what p holds of the stream.
func (c *Conn) decode(ctx context.Context, k *kit, p []byte) error {
	defer c.rest()
	for len(p) > 0 {
		n, event, err := c.dec.Decode(p, &k.scratch)
		p = p[n:]
		in := stream.Input{Kind: inputOf[event], Err: err}
		switch {
		case err != nil:
			in.Kind = stream.Malformed
		case event == codec.EventNone:
			continue
		case event == codec.EventOpen || event == codec.EventElement:
			in.Element = k.scratch.Tree.Root()
		}
		startTLS, err := c.step(ctx, k, &in)
		switch {
		case err != nil || in.Err != nil:
			return err
		case startTLS && len(p) > 0:
			return errInjected
		case startTLS:
			return c.secure(ctx, k)
		}
	}
	return nil
}

// errInjected is for bytes that somebody put behind <proceed/>, to count as said in TLS (RFC 6120 §5.4.3.3).
var errInjected = errors.New("client: bytes between <proceed/> and TLS")

var inputOf = [...]stream.Kind{codec.EventOpen: stream.Header, codec.EventElement: stream.Element, codec.EventClose: stream.Footer}

// step gives the Machine one input and obeys; it waits while the application does not take what was received. It reports whether TLS is
// to be started now.
func (c *Conn) step(ctx context.Context, k *kit, in *stream.Input) (startTLS bool, err error) {
	c.mu.Lock()
	c.await(context.Background(), func() bool { return !c.full() })
	in.Now = time.Now()
	c.begin(k)
	c.traceInput(in)
	c.m.Step(in, &k.out)
	c.carryOut(in.Now, k)
	c.mu.Unlock()
	if k.out.Restarted {
		c.dec.Restart()
	}
	if !c.reading {
		c.write()
	}
	if method := k.out.Method; method != "" {
		return false, c.compress(ctx, k, method)
	}
	startTLS = k.out.TLS
	return startTLS, c.work(ctx, k)
}

// secure starts TLS in the middle of the stream.
func (c *Conn) secure(ctx context.Context, k *kit) error {
	security, err := c.startTLS(ctx, "")
	if err != nil {
		return err
	}
	_, err = c.step(ctx, k, &stream.Input{Kind: stream.Secured, Security: security})
	return err
}

// work does the jobs, here: nothing is decoded meanwhile.
func (c *Conn) work(ctx context.Context, k *kit) error {
	for _, job := range slices.Clone(k.out.Jobs) {
		if _, err := c.step(ctx, k, &stream.Input{Kind: stream.Result, Result: job()}); err != nil {
			return err
		}
	}
	return nil
}
