package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/godwit-im/godwit/codec/compress"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Mode says how a stream is carried and secured.
type Mode uint8

// The modes. The zero Mode is StartTLS.
const (
	StartTLS  Mode = iota // TCP, TLS negotiated in the stream and never done without (RFC 6120 §5)
	DirectTLS             // TLS from the first byte (XEP-0368)
	Plain                 // TCP in the clear: for tests and for servers on the same machine
	Link                  // Godwit's link: compact stanzas over Noise
)

// Config says who logs in where, and how. Zero fields have good defaults, but for JID, which is required. A Config is not changed
// by this package, and may be shared by any number of connections.
type Config struct {
	JID      jid.JID // the account, bare; a resourcepart is asked for when Resource is empty
	Password string  // for SASL; not needed on the link once the server knows the device
	Resource string  // asked for in binding; empty lets the server choose (RFC 6120 §7.6)
	Lang     string  // xml:lang of the stream, empty for none
	Mode     Mode    // how to connect; zero is StartTLS

	// Mechanisms are the SASL mechanisms to use, best first; nil means all, with channel binding before those without. PLAIN is used on
	// an insecure stream only when it is named here.
	Mechanisms []string
	// NeedBinding refuses to log in without channel binding (RFC 5929, RFC 9266): a server, or somebody between, that offers none is not believed.
	NeedBinding bool
	// NoSASL2 logs in as RFC 6120 §6 has it even where the server has SASL2 (XEP-0388): to see what a client needs that does not know it. With a Known that
	// has SASL2 there is no such login.
	NoSASL2 bool
	// Keys remembers what SASL has made of the password, which is slow on purpose: a client that comes back with the same one logs in without computing it again
	// (RFC 5802 §5.1). It is for one account; nil remembers nothing. It holds secrets, in memory only.
	Keys *sasl.ClientKeys

	// AgentID is a UUID that this installation of the program has for itself alone (XEP-0388 §2.3): by it the server knows it again. NewAgentID makes one,
	// which is to be kept. With it the server is asked for a token (XEP-0484), which is in Known: then Password is used only when the token is refused.
	AgentID string
	// Known is what Conn.Known returned at the last login, nil for the first: what the server is held to, and what makes the login short.
	Known *Known

	// Bind2 binds the resource of a new session within the login (XEP-0386), where the server has that. It is for programs that read the account's archive (XEP-0313): what
	// waited for the account does not come by itself then (§3.2). The server makes the resource, beginning with Resource.
	Bind2 bool
	// Archive is up to where the program has the account's archive, as Conn.Place returned it: &Place{} for a program that begins, nil for one that does not read it. What
	// follows comes through Recv, before what is live, and each message once. It implies Bind2, and that copies of what the account's other devices get and send
	// are asked for (XEP-0280): they are in the archive, too. Conn.Mail reads what comes so.
	Archive *Place

	// SM asks for acks (XEP-0198).
	SM bool
	// AckEvery is the number of stanzas after which the server is asked for an ack; 0 means 16.
	AckEvery int
	// AckIdle is how long the first stanza waits until the server is asked, when fewer follow; 0 means 1 s.
	AckIdle time.Duration
	// Window is the number of stanzas sent and not acked at which sending waits; 0 means 1024.
	Window int
	// Resume asks that the stream may be resumed when its connection is lost (XEP-0198 §5): what is sent is kept until it is acked, and Conn.Resumption
	// tells the next Dial how to go on. It implies SM.
	Resume bool
	// ResumeFor is how long the server is asked to wait for us, in full seconds; 0 leaves that to it.
	ResumeFor time.Duration
	// KeepBytes is the number of bytes kept at which sending waits; 0 means 1 MiB.
	KeepBytes int
	// Resumption is the stream to go on with, nil for a new one. The location that it names is tried first, unless Address is given. When the server cannot go
	// on with it, a new session begins, in which those messages are sent again that it is not known to have: with the same ids and origin-ids, so that it can
	// recognise them. Conn.Resumed tells.
	Resumption *Resumption

	// Compression is the method to compress the stream with (XEP-0138) where the server offers it: "zlib", or "godwit-deflate-1"; empty: none.
	Compression string

	// OwnIQ passes requests (IQ get and set) on to the application, which must answer them. Else they are answered here, mostly with an error.
	OwnIQ bool
	// Name and Version tell others what software this is (XEP-0092); an empty Name means "godwit".
	Name, Version string

	// The fields below are for Dial only.

	Address string      // host:port; empty: the domain of JID at the mode's port, without DNS SRV
	TLS     *tls.Config // nil: the system's roots. ServerName is the domain of JID when empty. On the link, RootCAs and InsecureSkipVerify count
	Link    LinkKeys    // for Mode Link
	// Padding hides the lengths of what is sent over the link.
	Padding link.Padding
	// Transports are what the link may lie on, in the order in which they are tried: the next one when one is blocked, as the first is in networks that let only the web
	// through. They are tried at Address, or at the domain of JID: TCP at the mode's port, the others at 443. Nil means TCP, TLS, WebSocket.
	Transports []Transport
	// TransportTimeout is how long each of them may take until the link is made; 0 means 10 s. One that the link has lain on before (LinkKeys.Over), on a network of the same name, may
	// take six times as long once the server's port was reached, as far as the context leaves time for the others: then it is not the network that blocks, but the server that is slow.
	TransportTimeout time.Duration
	// Network is what the program calls the network that the device is on, the name of a Wi-Fi for example; "" when it does not know. It is not sent.
	Network string
	// Connect makes the connection, through a proxy for example; nil dials TCP.
	Connect Connector

	// Queue and QueueBytes bound what has been received and waits for Recv; at either, reading stops. 0 means 256 stanzas, and 1 MiB.
	Queue, QueueBytes int
	// WriteTimeout is how long the server may take no bytes before the connection is given up; 0 means 30 s.
	WriteTimeout time.Duration
	// Trace gets a transcript, one element a line, as XML whatever the encoding. SASL payloads are left out. Writes come one at a time.
	Trace io.Writer
}

// Defaults of Config.
const (
	defaultAckEvery     = 16
	defaultAckIdle      = time.Second
	defaultWindow       = 1024
	defaultKeepBytes    = 1 << 20
	defaultQueue        = 256
	defaultQueueBytes   = 1 << 20
	defaultWriteTimeout = 30 * time.Second
	defaultName         = "godwit"
)

// ready returns a copy of c with the defaults put in.
func (c *Config) ready() (*Config, error) {
	if c.JID.IsZero() {
		return nil, errors.New("client: Config.JID is missing: it says who logs in")
	}
	if c.Compression != "" && compress.Named(c.Compression) == 0 {
		return nil, fmt.Errorf("client: %q is no method to compress with, but one of %v", c.Compression, compress.Names())
	}
	if !c.validTransports() {
		return nil, fmt.Errorf("client: a transport of %v is none", c.Transports)
	}
	if c.AgentID != "" && !isUUID(c.AgentID) {
		return nil, fmt.Errorf("client: the AgentID %q is no UUID in lower case: NewAgentID makes one", c.AgentID)
	}
	d := *c
	if d.Resource == "" {
		d.Resource = d.JID.Resource()
	}
	d.JID = d.JID.Bare()
	if d.Resumption != nil {
		if _, err := d.Resumption.address(d.JID); err != nil {
			return nil, err
		}
	}
	d.SM = d.SM || d.Resume
	d.Bind2 = d.Bind2 || d.Archive != nil
	orDefault(&d.AckEvery, defaultAckEvery)
	orDefault(&d.AckIdle, defaultAckIdle)
	orDefault(&d.Window, defaultWindow)
	orDefault(&d.KeepBytes, defaultKeepBytes)
	orDefault(&d.Queue, defaultQueue)
	orDefault(&d.QueueBytes, defaultQueueBytes)
	orDefault(&d.WriteTimeout, defaultWriteTimeout)
	orDefault(&d.Name, defaultName)
	return &d, nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
