package xmpptest

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Client is the client's end of a connection: it sends text, and holds the elements that it has received.
type Client struct {
	w        *World
	name     string // localpart/resource
	conn     *conn
	decoder  codec.Decoder
	scratch  codec.Scratch
	received []*Node // not yet expected
	ended    bool    // the server has ended the stream
	told     bool    // the dialogue knows of that
	broken   error   // what it sent is no XML
	headers  bool    // stream headers count as received
	written  int     // bytes, by the server
	writer   *writer // of a connection that carries compact items, else nil

	mechanisms, bindings []string // that the server has offered last
}

// Connect opens a connection under that name, without sending anything.
func (w *World) Connect(name string) *Client {
	c := w.open(name)
	c.begin(&stream.Security{Protocol: "TLS 1.3", ServerName: w.domain}, false)
	return c
}

func (w *World) open(name string) *Client {
	c := &Client{w: w, name: name, decoder: xmltext.NewDecoder(&codec.Limits{})}
	c.conn = &conn{w: w, machine: w.instance.NewMachine(), decoder: xmltext.NewDecoder(&codec.PreAuthLimits), encoder: xmltext.Encoder{}, output: c.take}
	c.conn.client = c
	w.conns = append(w.conns, c.conn)
	w.clients[name] = c
	return c
}

// take reads what the server has written.
func (c *Client) take(p []byte, restarted bool) {
	c.written += len(p)
	for len(p) > 0 && c.broken == nil {
		if c.ended {
			c.broken = fmt.Errorf("the server has ended the stream, and writes %q", p)
			return
		}
		n, event, err := c.decoder.Decode(p, &c.scratch)
		p = p[n:]
		switch {
		case err != nil:
			c.broken = err
		case event == codec.EventElement, event == codec.EventOpen && c.headers:
			n := NodeOf(c.scratch.Tree.Root())
			c.received = append(c.received, n)
			if n.Name == "features" {
				c.offered(n)
			}
			if hears := c.w.probe.Hears; hears != nil {
				hears(c, n)
			}
		case event == codec.EventClose:
			c.ended = true
		}
	}
	if restarted {
		c.decoder.Restart()
	}
}

// Send sends text to the server, and runs until nothing is left to do.
func (c *Client) Send(text string) { c.SendBytes(c.Encode(text)) }

// LogIn negotiates the stream up to where a resource is bound, or an earlier stream resumed, through the real machine, with SASL PLAIN.
func (c *Client) LogIn() {
	local, _, _ := strings.Cut(c.name, "/")
	c.Send(c.header())
	plain := base64.StdEncoding.EncodeToString([]byte("\x00" + local + "\x00" + Password))
	c.Send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain + "</auth>")
	c.Send(c.header())
}

// Login is LogIn, and binds the resource of its name.
func (c *Client) Login() error {
	local, resource, _ := strings.Cut(c.name, "/")
	c.LogIn()
	c.Send("<iq id='bind' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>")
	if n := len(c.received); n == 0 || !strings.Contains(c.received[n-1].String(), c.name[:len(local)]+"@"+c.w.domain+"/"+resource) {
		return fmt.Errorf("%s: the login has failed: %v %v", c.name, c.received, c.broken)
	}
	c.received = nil
	return nil
}

func (c *Client) header() string {
	return "<?xml version='1.0'?><stream:stream to='" + c.w.domain + "'" + streamHeader[len("<stream:stream"):]
}

// Disconnect cuts the connection.
func (c *Client) Disconnect() {
	if !c.conn.done {
		c.conn.step(stream.Input{Kind: stream.Closed})
	}
	c.w.Run()
}

// Forget drops what was received.
func (c *Client) Forget() { c.received = nil }

// Received returns what was received and not yet expected, and takes it out.
func (c *Client) Received() []*Node {
	r := c.received
	c.received = nil
	return r
}

// Congest makes the connection one whose peer reads slowly, or ends that.
func (c *Client) Congest(slow bool) {
	c.conn.congested = slow
	if !slow {
		c.conn.push(stream.Input{Kind: stream.Drained})
		c.conn.feed()
	}
	c.w.Run()
}
