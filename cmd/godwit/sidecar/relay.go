package sidecar

import (
	"bytes"
	"errors"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Relay translates one client's stream. Its methods are its inputs; what follows from them is in the Output that they get. One goroutine at a time may call them.
type Relay struct {
	xml     *xmltext.Decoder // from the client
	items   *compact.Decoder // from the server
	scratch codec.Scratch
	newID   func() string // for headers of our own
	state   state
	tls     bool   // has to come before anything else, or has come
	secure  bool   // it has
	linked  bool   // to a server
	opened  bool   // the client has a header of the stream as it is now
	told    bool   // and the server has
	asked   bool   // the client has said something of SASL, and the server is to answer
	domain  string // that the client wants
	held    []byte // from the client, to be read once it is known how
	builder codec.Builder
}

// state is what is awaited of the client.
type state uint8

const (
	greeting state = iota // its first header
	linking               // nothing: the link is being made
	starting              // <starttls/>
	securing              // nothing: TLS is being started
	relaying              // anything
	over                  // nothing more
)

// Output is what an input leads to. The caller carries it out in the order of the fields, and empties it.
type Output struct {
	Client []byte // XML to write to the client
	Server []byte // items to write to the server
	Alive  bool   // the client lives, and says no more than that: the server is to have a keepalive
	Place  string // host:port, or host, where the server would like to see us next time
	Dial   string // the domain to make a link to; Linked or Failed follows
	Secure string // the domain to start TLS as on the client's connection; Secured follows
	End    bool   // close both connections when everything is written
}

// DefaultLimits bound the elements that pass. They are wider than what servers take, which have limits of their own and say so better.
var DefaultLimits = codec.Limits{Bytes: 8 << 20, Depth: 1_000, Attributes: 1_000, Namespaces: 1_000}

// NewRelay returns a Relay for a client that has just connected. With tls the client has to start TLS before it may say more than its header. newID makes ids of streams. Nil limits stand
// for DefaultLimits.
func NewRelay(tls bool, limits *codec.Limits, newID func() string) *Relay {
	if limits == nil {
		limits = &DefaultLimits
	}
	return &Relay{xml: xmltext.NewDecoder(limits), items: compact.NewDecoder(limits), tls: tls, newID: newID}
}

// Close gives back what the Relay holds. It is of no more use.
func (r *Relay) Close() {
	r.state = over
	r.xml.Close()
	r.items.Close()
}

// Waits reports whether nothing is to be read from the client for now.
func (r *Relay) Waits() bool { return r.asked || r.state == linking || r.state == securing }

// Domain returns what the client wants, "" when it has not said yet.
func (r *Relay) Domain() string { return r.domain }

// Direct says that the client has begun with TLS (XEP-0368): for domain, and the link is made; or for nothing that it has named, then domain is empty.
func (r *Relay) Direct(domain string) { r.domain, r.secure, r.linked = domain, true, domain != "" }

// Linked says that the link is made which Output.Dial has asked for.
func (r *Relay) Linked(out *Output) {
	r.linked = true
	if !r.tls || r.secure {
		r.pass(r.scratch.Tree.Root(), out) // the client's header, which is still there
	} else {
		r.state = starting
		r.header(out)
		b := r.build().Start(atom.NSStreams, atom.Features)
		r.say(out, b.Start(atom.NSTLS, atom.StartTLS).Start(atom.NSTLS, atom.Required).Element()) // RFC 6120 §5.3.1
	}
	r.Client(nil, out)
}

// Failed says that the link could not be made: condition is the stream error for the client (RFC 6120 §4.9.3), text for people.
func (r *Relay) Failed(condition atom.Atom, text string, out *Output) { r.fail(out, condition, text) }

// Secured says that TLS has begun on the client's connection: the stream begins anew (RFC 6120 §5.4.3.3).
func (r *Relay) Secured() {
	r.state, r.secure, r.opened = relaying, true, false
	r.xml.Restart()
}

// Client takes what was read from the client. White space that keeps the connection alive does so for the link.
func (r *Relay) Client(p []byte, out *Output) {
	if r.state == relaying && len(p) > 0 && len(bytes.TrimLeft(p, " \t\r\n")) == 0 {
		out.Alive = true
	}
	if len(r.held) > 0 {
		p = append(r.held, p...)
	}
	r.held = bytes.Clone(r.read(p, out))
}

// read reads p as far as may be, and returns the rest.
func (r *Relay) read(p []byte, out *Output) (rest []byte) {
	for len(p) > 0 && !r.Waits() && r.state != over {
		n, ev, err := r.xml.Decode(p, &r.scratch)
		if err != nil {
			r.malformed(err, out)
			return nil
		}
		p = p[n:]
		switch ev {
		case codec.EventOpen:
			r.clientHeader(r.scratch.Tree.Root(), out)
		case codec.EventElement:
			r.clientElement(r.scratch.Tree.Root(), out)
		case codec.EventClose:
			r.clientEnd(out)
		}
		if r.state == securing && len(bytes.TrimLeft(p, " \t\r\n")) > 0 {
			r.fail(out, atom.PolicyViolation, "bytes between <starttls/> and TLS") // RFC 6120 §5.4.3.3: they could count as said in TLS
		}
	}
	if r.state == over {
		return nil
	}
	return p
}

// clientHeader takes a header of the client: the first one says where the link is to go.
func (r *Relay) clientHeader(e codec.Element, out *Output) {
	if condition := stream.CheckHeader(e, atom.NSClient); condition != atom.Unknown {
		r.fail(out, condition, "")
		return
	}
	if to := e.Attr(atom.To); to != nil && r.domain == "" {
		r.domain = string(to)
	}
	switch {
	case r.linked:
		r.pass(e, out)
	case r.domain == "":
		r.fail(out, atom.HostUnknown, "the stream's header has no 'to'")
	default:
		r.state = linking
		out.Dial = r.domain
	}
}

// pass passes the client's header on.
func (r *Relay) pass(header codec.Element, out *Output) {
	r.state, r.told = relaying, true
	out.Server = compact.Encoder{}.AppendOpen(out.Server, header)
}

// clientElement takes a first-level element of the client.
func (r *Relay) clientElement(e codec.Element, out *Output) {
	switch {
	case e.Is(atom.NSTLS, atom.StartTLS) && r.state == starting:
		r.say(out, r.build().Start(atom.NSTLS, atom.Proceed).Element())
		out.Secure, r.state = r.domain, securing
	case e.Is(atom.NSTLS, atom.StartTLS):
		r.say(out, r.build().Start(atom.NSTLS, atom.Failure).Element()) // RFC 6120 §5.4.2.2
		r.end(out)
	case r.state == starting:
		r.fail(out, atom.PolicyViolation, "STARTTLS has to come first")
	case ofTheLink(e):
		r.fail(out, atom.UnsupportedStanzaType, "for the ends of a link alone")
	case e.Is(atom.NSCompress, atom.Compress):
		r.say(out, r.build().Start(atom.NSCompress, atom.Failure).Start(atom.NSCompress, atom.SetupFailed).Element()) // XEP-0138 §2
	default:
		r.asked = e.NS() == atom.NSSASL // whether a header or an element is next depends on the answer (RFC 6120 §6.4.6)
		out.Server = compact.Encoder{}.AppendElement(out.Server, e)
	}
}

// clientEnd takes the end of the client's stream. The server's own end follows.
func (r *Relay) clientEnd(out *Output) {
	if !r.told {
		r.end(out)
		return
	}
	out.Server = compact.Encoder{}.AppendClose(out.Server)
}

// malformed says what is wrong with the client's bytes.
func (r *Relay) malformed(err error, out *Output) {
	fault := &codec.Error{Condition: atom.BadFormat}
	errors.As(err, &fault)
	r.fail(out, fault.Condition, fault.Reason)
}

// fail ends the stream with an error, on both sides.
func (r *Relay) fail(out *Output, condition atom.Atom, text string) {
	if r.state == over {
		return
	}
	if !r.opened {
		r.header(out) // RFC 6120 §4.9.1.2: an error needs an open stream
	}
	b := r.build().Start(atom.NSStreams, atom.Error).Start(atom.NSStreamErrors, condition).End()
	if text != "" {
		b.Start(atom.NSStreamErrors, atom.Text).Lang("en").Text(text).End()
	}
	r.say(out, b.Element())
	r.end(out)
}

// end ends the stream on both sides.
func (r *Relay) end(out *Output) {
	out.Client = xmltext.Encoder{}.AppendClose(out.Client)
	if r.told {
		out.Server = compact.Encoder{}.AppendClose(out.Server)
	}
	out.Dial, out.Secure, out.End = "", "", true
	r.state, r.asked = over, false
}

// header says a header of our own.
func (r *Relay) header(out *Output) {
	b := r.build().Start(atom.NSStreams, atom.Stream).Attr(atom.ID, r.newID()).Attr(atom.From, r.domain)
	out.Client = xmltext.Encoder{}.AppendOpen(out.Client, b.Attr(atom.Version, "1.0").Lang("en").Element())
	r.opened = true
}

// build returns an empty builder.
func (r *Relay) build() *codec.Builder {
	r.builder.Reset()
	return &r.builder
}

// say says something of our own to the client.
func (r *Relay) say(out *Output, e codec.Element) {
	out.Client = xmltext.Encoder{}.AppendElement(out.Client, e)
}
