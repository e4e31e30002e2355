package hostile

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// attacker logs in on a port, as one of the attackers and with a resource of its own, and is available.
func (w *world) attacker(via port) (*peer, error) {
	n := w.turn.Add(1)
	p, err := w.member(via, attackers[n%uint32(len(attackers))], "attack"+strconv.Itoa(int(n)))
	if err == nil {
		err = p.available()
	}
	return p, err
}

// available sends initial presence and waits for its echo.
func (p *peer) available() error {
	if err := p.send(func(b *codec.Builder) { b.Start(atom.NSClient, atom.Presence) }); err != nil {
		return err
	}
	_, err := p.expect("<presence", "from='"+p.jid+"'")
	return err
}

// member logs in.
func (w *world) member(via port, account, resource string) (*peer, error) {
	p, err := w.dial(via)
	if err != nil {
		return nil, err
	}
	if err = p.login(account); err == nil {
		err = p.bind(resource)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("login by %v: %w", via, err)
	}
	return p, nil
}

// open opens the stream and reads the features.
func (p *peer) open() error {
	if err := p.header(); err != nil {
		return err
	}
	if _, err := p.expect("features"); err != nil {
		return err
	}
	p.noteOffer(p.scratch.Tree.Root())
	return nil
}

// noteOffer keeps what the features offer to log in with, which SCRAM proves (XEP-0474).
func (p *peer) noteOffer(features codec.Element) {
	p.offer = sasl.ClientConfig{}
	for m := range features.Child(atom.NSSASL, atom.Mechanisms).Children() {
		p.offer.Offered = append(p.offer.Offered, string(m.Text()))
	}
	for b := range features.Child(atom.NSSASLCB, atom.SASLChannelBinding).Children() {
		p.offer.OfferedBindings = append(p.offer.OfferedBindings, string(b.Attr(atom.Type)))
	}
}

// login authenticates; on the port that needs it, behind STARTTLS.
func (p *peer) login(account string) error {
	if err := p.open(); err != nil {
		return err
	}
	if p.port == starttls {
		if err := p.startTLS(); err != nil {
			return err
		}
		if err := p.open(); err != nil {
			return err
		}
	}
	return p.authenticate(account)
}

func (p *peer) startTLS() error {
	if err := p.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"); err != nil {
		return err
	}
	if _, err := p.expect("<proceed"); err != nil {
		return err
	}
	p.decoder.Restart()
	return p.secure()
}

// authenticate is SCRAM, RFC 6120 §6.4.
func (p *peer) authenticate(account string) error {
	const mechanism = "SCRAM-SHA-1"
	c, err := sasl.NewClient(mechanism, account, password, p.offer)
	if err != nil {
		return err
	}
	message, _, err := c.Step(nil)
	if err != nil {
		return err
	}
	if err := p.send(func(b *codec.Builder) {
		b.Start(atom.NSSASL, atom.Auth).Attr(atom.Mechanism, mechanism).Text(base64.StdEncoding.EncodeToString(message))
	}); err != nil {
		return err
	}
	challenge, err := p.next()
	if err != nil {
		return err
	}
	if message, _, err = c.Step(p.text()); err != nil {
		return fmt.Errorf("%w by %s", err, challenge.xml)
	}
	if err := p.send(func(b *codec.Builder) {
		b.Start(atom.NSSASL, atom.Response).Text(base64.StdEncoding.EncodeToString(message))
	}); err != nil {
		return err
	}
	if _, err = p.expect("<success"); err != nil {
		return err
	}
	return c.Success(p.text())
}

// text returns the data of the SASL element that was just read.
func (p *peer) text() []byte {
	data, _ := base64.StdEncoding.DecodeString(string(p.scratch.Tree.Root().Text()))
	return data
}

// bind opens the stream anew and binds a resource, RFC 6120 §7.
func (p *peer) bind(resource string) error {
	p.decoder.Restart()
	if err := p.open(); err != nil {
		return err
	}
	if err := p.send(func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set").Attr(atom.ID, "bind")
		b.Start(atom.NSBind, atom.Bind).Start(atom.NSBind, atom.Resource).Text(resource)
	}); err != nil {
		return err
	}
	if _, err := p.expect("bind", "result"); err != nil {
		return err
	}
	p.jid = string(p.scratch.Tree.Root().Child(atom.NSBind, atom.Bind).Child(atom.NSBind, atom.JID).Text())
	return nil
}

// link makes a link over the socket. The device's key is new, unless cfg has one.
func (p *peer) link(cfg link.ClientConfig) (err error) {
	if cfg.Static == (link.Key{}) {
		if cfg.Static, err = link.NewKey(rand.Reader); err != nil {
			return err
		}
	}
	cfg.Domain, cfg.Dictionary, cfg.Now = domain, pack.Dictionary(), time.Now()
	cfg.Verify = func(_, _ []byte) (time.Time, error) { return time.Now().Add(time.Hour), nil }
	h := link.NewClient(cfg)
	for in, buf := []byte(nil), make([]byte, 4096); ; {
		n, out, done, err := h.Step(in)
		if _, werr := p.raw.Write(out); err != nil || werr != nil {
			return errors.Join(err, werr)
		}
		in = in[n:]
		if done {
			p.conn = &linkConn{Conn: p.raw, session: h.Session(), in: in}
			return nil
		}
		if n, err = p.raw.Read(buf); err != nil {
			return err
		}
		in = append(in, buf[:n]...)
	}
}

// linkConn is the client's end of a link.
type linkConn struct {
	net.Conn
	session *link.Session
	desk    link.Desk
	in      []byte
	plain   []byte
}

func (c *linkConn) Write(p []byte) (int, error) {
	_, err := c.Conn.Write(c.session.AppendItems(nil, p, &c.desk))
	return len(p), err
}

func (c *linkConn) Read(p []byte) (int, error) {
	for buf := make([]byte, 4096); len(c.plain) == 0; {
		n, plain, err := c.session.OpenItems(c.in, &c.desk)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			c.plain, c.in = append(c.plain, plain...), c.in[n:]
			continue
		}
		if n, err = c.Conn.Read(buf); err != nil {
			return 0, err
		}
		c.in = append(c.in, buf[:n]...)
	}
	n := copy(p, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}
