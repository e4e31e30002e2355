package client

import (
	"context"
	"errors"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Send writes one stanza, or another first-level element, that build makes; build is called under the connection's lock and must not use the connection. Send returns
// when the stanza is on its way, in the order of the calls; it waits while the server takes no bytes, or acks none (Config.Window, Config.KeepBytes), and an error of ctx means
// that nothing was sent.
func (c *Conn) Send(ctx context.Context, build func(*codec.Builder)) error {
	return c.sending(ctx, func(now time.Time, out *stream.Output) error {
		e, err := built(out, build)
		if err != nil {
			return err
		}
		return c.m.Send(now, out, e)
	})
}

var errNothing = errors.New("client: nothing was built")

func built(out *stream.Output, build func(*codec.Builder)) (codec.Element, error) {
	b := out.Build()
	build(b)
	e := b.Element()
	if e.IsZero() {
		return e, errNothing
	}
	return e, nil
}

// sending calls send when there is room for another stanza.
func (c *Conn) sending(ctx context.Context, send func(now time.Time, out *stream.Output) error) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.await(ctx, c.mayProduce); err != nil {
		return err
	}
	if c.ended {
		return c.m.err
	}
	c.do(func(now time.Time, out *stream.Output) { err = send(now, out) })
	return err
}

// mayProduce reports whether there is room for another stanza. The caller holds mu.
func (c *Conn) mayProduce() bool {
	open := c.m.Unacked()
	if c.passing {
		open += len(c.early)
	}
	return c.m.state != bound || c.pending() < maxPending && open < c.m.cfg.Window && c.m.Kept() < c.m.cfg.KeepBytes
}

// IQ sends the request that build makes, of type get or set, and waits for its answer. A missing id is put in. An answer of type error is
// returned as the error, a *StanzaError, and as the stanza. Answers come in behind the stanzas before them: when as many wait for Recv as Config.Queue allows,
// somebody must take them.
func (c *Conn) IQ(ctx context.Context, build func(*codec.Builder)) (*Stanza, error) {
	var id string
	var answer *Stanza
	err := c.sending(ctx, func(now time.Time, out *stream.Output) error {
		e, err := built(out, build)
		if err != nil {
			return err
		}
		id, err = c.m.Request(now, out, e, func(e codec.Element) {
			answer = newStanza(e)
			c.wake()
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.await(ctx, func() bool { return answer != nil }); err != nil {
		c.m.Forget(id)
		return nil, err
	}
	if answer == nil {
		return nil, c.m.err
	}
	return answer, answer.Err()
}

// Presence sends presence. Options add a type, an addressee and children; without any it is the initial presence (RFC 6121 §4.2).
func (c *Conn) Presence(ctx context.Context, options ...Option) error {
	var s sendable
	s.apply(options)
	return c.Send(ctx, func(b *codec.Builder) { s.build(b, atom.Presence, "") })
}

// Message sends a message of type chat and returns its id, which is its origin-id too (XEP-0359 §3). An empty body adds none.
func (c *Conn) Message(ctx context.Context, to jid.JID, body string, options ...Option) (id string, err error) {
	s := sendable{to: to.String(), kind: "chat", origin: true}
	s.apply(options)
	err = c.sending(ctx, func(now time.Time, out *stream.Output) error {
		if s.id == "" {
			s.id = c.m.NewID()
		}
		e, err := built(out, func(b *codec.Builder) { s.build(b, atom.Message, body) })
		if err != nil {
			return err
		}
		return c.m.Send(now, out, e)
	})
	return s.id, err
}

// NewID returns a new stanza id.
func (c *Conn) NewID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.m.NewID()
}

// Option changes what Message or Presence sends.
type Option func(*sendable)

// sendable is a stanza to be built.
type sendable struct {
	to, kind, id string
	origin       bool
	children     []func(*codec.Builder)
}

// Type sets the type; "" leaves it out.
func Type(t string) Option { return func(s *sendable) { s.kind = t } }

// To sets the addressee.
func To(to jid.JID) Option { return func(s *sendable) { s.to = to.String() } }

// ID sets the id, of a message also the origin-id: that of an earlier message makes it a retry.
func ID(id string) Option { return func(s *sendable) { s.id = id } }

// With adds what build makes as a child.
func With(build func(*codec.Builder)) Option {
	return func(s *sendable) { s.children = append(s.children, build) }
}

func (s *sendable) apply(options []Option) {
	for _, o := range options {
		o(s)
	}
}

func (s *sendable) build(b *codec.Builder, name atom.Atom, body string) {
	b.Start(atom.NSClient, name)
	for _, a := range [...]struct {
		name  atom.Atom
		value string
	}{{atom.To, s.to}, {atom.Type, s.kind}, {atom.ID, s.id}} {
		if a.value != "" {
			b.Attr(a.name, a.value)
		}
	}
	if body != "" {
		b.Start(atom.NSClient, atom.Body).Text(body).End()
	}
	if s.origin {
		b.Start(atom.NSStanzaID, atom.OriginID).Attr(atom.ID, s.id).End()
	}
	for _, child := range s.children {
		child(b)
	}
	b.End()
}
