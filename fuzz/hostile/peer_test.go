package hostile

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// patience is how long a peer waits for anything. Nothing in these tests waits for it to pass.
const patience = 60 * time.Second

// peer is one connection of an attacker: it writes what it likes, and reads strictly what a server may say.
type peer struct {
	w        *world
	port     port
	raw      net.Conn // the socket
	conn     net.Conn // what the stream goes over
	encoder  codec.Encoder
	decoder  codec.Decoder
	scratch  *codec.Scratch
	got      []byte // read, not decoded
	buf      [4096]byte
	bindings []sasl.ChannelBinding
	jid      string            // full, once bound
	footer   bool              // the server has closed its stream
	offer    sasl.ClientConfig // what the server has offered last
}

// reply is one thing that the server has said.
type reply struct {
	event              codec.Event
	xml                string // of the element
	ns, name           string
	from, id, typ      string
	condition          string // of a stream error, or a stanza error
	isError, forMember bool   // a stream error; a stanza
}

// dial connects to a port, as far as bytes of the stream may be sent.
func (w *world) dial(to port) (*peer, error) {
	raw, err := net.Dial("tcp", w.addr[to])
	if err != nil {
		return nil, err
	}
	p := &peer{w: w, port: to, raw: raw, conn: raw, scratch: takeScratch()}
	raw.SetDeadline(time.Now().Add(patience))
	p.encoder, p.decoder = codec.Encoder(xmltext.Encoder{}), codec.Decoder(xmltext.NewDecoder(&codec.Limits{}))
	switch to {
	case direct:
		err = p.secure()
	case linked:
		p.encoder, p.decoder = compact.Encoder{}, compact.NewDecoder(&codec.Limits{})
		err = p.link(link.ClientConfig{})
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("dial %v: %w", to, err)
	}
	return p, nil
}

// secure begins TLS.
func (p *peer) secure() error {
	c := tls.Client(p.raw, clientTLS)
	if err := c.Handshake(); err != nil {
		return err
	}
	p.conn = c
	state := c.ConnectionState()
	data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	p.bindings = []sasl.ChannelBinding{{Type: sasl.TLSExporter, Data: data}}
	return err
}

func (p *peer) close() {
	p.raw.Close()
	p.decoder.Close()
	if p.scratch != nil {
		giveScratch(p.scratch)
		p.scratch = nil
	}
}

// scratches are those that no peer uses. Each is a quarter of a megabyte, which must not be taken for memory of the server; a sync.Pool would forget some.
var scratches struct {
	sync.Mutex
	free []*codec.Scratch
}

func takeScratch() *codec.Scratch {
	scratches.Lock()
	defer scratches.Unlock()
	n := len(scratches.free)
	if n == 0 {
		return new(codec.Scratch)
	}
	s := scratches.free[n-1]
	scratches.free = scratches.free[:n-1]
	return s
}

func giveScratch(s *codec.Scratch) {
	scratches.Lock()
	defer scratches.Unlock()
	scratches.free = append(scratches.free, s)
}

// reset closes the connection by a RST.
func (p *peer) reset() {
	p.raw.(*net.TCPConn).SetLinger(0)
	p.close()
}

// end closes our half.
func (p *peer) end() error {
	if c, ok := p.conn.(*tls.Conn); ok {
		return c.CloseWrite()
	}
	return p.raw.(*net.TCPConn).CloseWrite()
}

// write sends bytes of the stream.
func (p *peer) write(b []byte) error {
	_, err := p.conn.Write(b)
	return err
}

// say sends text.
func (p *peer) say(xml string) error { return p.write([]byte(xml)) }

// header opens the stream.
func (p *peer) header() error {
	if p.port == linked {
		var b codec.Builder
		e := b.Start(atom.NSStreams, atom.Stream).Attr(atom.To, domain).Attr(atom.Version, "1.0").Element()
		return p.write(p.encoder.AppendOpen(nil, e))
	}
	return p.say(head)
}

const head = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"

// send sends an element in the encoding of the connection.
func (p *peer) send(build func(b *codec.Builder)) error {
	var b codec.Builder
	build(&b)
	return p.write(p.encoder.AppendElement(nil, b.Element()))
}

// next returns what the server says next; io.EOF is an orderly end of the connection.
func (p *peer) next() (reply, error) {
	for {
		for len(p.got) > 0 {
			if p.footer {
				return reply{}, fmt.Errorf("%q behind the end of the stream", p.got)
			}
			n, event, err := p.decoder.Decode(p.got, p.scratch)
			if err != nil {
				return reply{}, fmt.Errorf("the server says %q: %w", p.got, err)
			}
			r := p.reply(event)
			p.got = p.got[n:]
			if event != codec.EventNone {
				return r, nil
			}
		}
		n, err := p.conn.Read(p.buf[:])
		p.got = p.buf[:n]
		if n == 0 && err != nil {
			return reply{}, err
		}
	}
}

// reply describes what was just decoded.
func (p *peer) reply(event codec.Event) (r reply) {
	r.event = event
	switch event {
	case codec.EventClose:
		p.footer = true
		return r
	case codec.EventNone:
		return r
	}
	e := p.scratch.Tree.Root()
	r.xml = string(xmltext.Encoder{}.AppendElement(nil, e))
	r.ns, r.name = string(e.Namespace()), string(e.LocalName())
	r.from, r.id, r.typ = string(e.Attr(atom.From)), string(e.Attr(atom.ID)), string(e.Attr(atom.Type))
	switch {
	case e.Is(atom.NSStreams, atom.Error):
		r.isError, r.condition = true, string(e.First().LocalName())
	case e.NS() == atom.NSClient:
		r.forMember = true
		r.condition = string(e.Child(atom.NSClient, atom.Error).First().LocalName())
	case e.Is(atom.NSSASL, atom.Failure):
		r.condition = string(e.First().LocalName())
	}
	return r
}

// rest returns all that the server says until the connection ends.
func (p *peer) rest() (all []reply, err error) {
	for {
		r, err := p.next()
		switch {
		case err == nil:
			all = append(all, r)
		case errors.Is(err, io.EOF):
			return all, nil
		default:
			return all, err
		}
	}
}

// expect returns the next reply that contains each of the texts, and passes over others.
func (p *peer) expect(texts ...string) (reply, error) {
	var seen []string
next:
	for {
		r, err := p.next()
		if err != nil {
			return r, fmt.Errorf("waiting for %q: %w after %q", texts, err, seen)
		}
		seen = append(seen, r.xml)
		for _, text := range texts {
			if !strings.Contains(r.xml, text) {
				continue next
			}
		}
		return r, nil
	}
}
