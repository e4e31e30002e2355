package xmpptest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Transport is what a connection knows of itself from the start.
type Transport struct {
	TLS    bool // direct TLS
	Link   bool
	Key    byte // on the link: every byte of the peer's static key
	Proven bool // on the link: the handshake was IK
	// Compact has the connection carry items of package compact instead of XML, as a real link does. What the client sends is still said in XML.
	Compact bool
}

// ConnectBy opens a connection over the transport, without sending anything. The client shows the stream headers that it receives, as
// empty elements. By TCP it may negotiate TLS.
func (w *World) ConnectBy(name string, t Transport) *Client {
	c := w.open(name)
	c.headers = true
	if t.Compact {
		c.compact()
	}
	var s *stream.Security
	switch {
	case t.Link:
		s = &stream.Security{Protocol: "Noise", Bindings: bindings("noise-handshake"), PeerKey: bytes.Repeat([]byte{t.Key}, 32), Proven: t.Proven}
	case t.TLS:
		s = w.tls()
	}
	c.begin(s, t.Link)
	return c
}

// tls is what a TLS connection knows.
func (w *World) tls() *stream.Security {
	return &stream.Security{Protocol: "TLS 1.3", ServerName: w.domain, Bindings: bindings(sasl.TLSExporter, sasl.TLSServerEndPoint)}
}

// bindings returns a stream.Security's Bindings of these types.
func bindings(types ...string) func(string) []byte {
	return func(name string) []byte {
		for _, t := range types {
			if t == name {
				return []byte("the data of " + name)
			}
		}
		return nil
	}
}

// begin gives the machine its first input.
func (c *Client) begin(s *stream.Security, link bool) {
	c.conn.security = s
	c.w.cid++
	c.conn.step(stream.Input{Kind: stream.Opened, Mailbox: c.conn, Security: s, Peer: stream.Peer{ID: c.w.cid, Address: "192.0.2.1", Link: link}})
	c.w.Run()
}

// secure is the TLS handshake that the machine has asked for: it succeeds.
func (c *conn) secure() {
	c.security = c.w.tls()
	c.push(stream.Input{Kind: stream.Secured, Security: c.security})
}

// Authenticate runs a SASL exchange to its end, which is the last element received: <success/>, whose data was found to be right, or <failure/>.
func (c *Client) Authenticate(mechanism, password string) error {
	exchange, err := c.exchange(mechanism, password)
	if err != nil {
		return err
	}
	response, _, err := exchange.Step(nil)
	if err != nil {
		return err
	}
	c.Send(auth(mechanism, response))
	for {
		last, data, err := c.answer()
		if err != nil {
			return err
		}
		switch last.Name {
		case "challenge":
			c.received = c.received[:len(c.received)-1]
			if response, _, err = exchange.Step(data); err != nil {
				return err
			}
			c.Send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64.StdEncoding.EncodeToString(response) + "</response>")
		case "success":
			return exchange.Success(data)
		default:
			return nil
		}
	}
}

// AuthenticateSASL2 is Authenticate by SASL2 (XEP-0388): inline is what <authenticate/> holds beside the initial response. What follows <success/> stays
// among what was received.
func (c *Client) AuthenticateSASL2(mechanism, password, inline string) error {
	return c.authenticate2("", mechanism, password, inline)
}

// Pipeline opens a stream and logs in by SASL2 with one piece of text (XEP-0509), and with nothing else: a mechanism that takes more is an error.
func (c *Client) Pipeline(mechanism, password, inline string) error {
	return c.authenticate2(c.header(), mechanism, password, inline)
}

func (c *Client) authenticate2(header, mechanism, password, inline string) error {
	exchange, err := c.exchange(mechanism, password)
	if err != nil {
		return err
	}
	response, _, err := exchange.Step(nil)
	if err != nil {
		return err
	}
	c.Send(header + authenticate(mechanism, response, inline))
	for {
		i := slices.IndexFunc(c.received, func(n *Node) bool { return n.NS == sasl2 })
		if i < 0 {
			return nil // the stream has ended
		}
		n := c.received[i]
		switch n.Name {
		case "challenge":
			if header != "" {
				return errors.New("the server wants a second message")
			}
			c.received = slices.Delete(c.received, i, i+1)
			data, err := n.data()
			if err != nil {
				return err
			}
			if response, _, err = exchange.Step(data); err != nil {
				return err
			}
			c.Send("<response xmlns='" + sasl2 + "'>" + base64.StdEncoding.EncodeToString(response) + "</response>")
		case "success":
			data, err := n.child("additional-data").data()
			if err != nil {
				return err
			}
			return exchange.Success(data)
		default:
			return nil
		}
	}
}

const sasl2 = "urn:xmpp:sasl:2"

// auth is the first element of a login by SASL.
func auth(mechanism string, response []byte) string {
	return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>" + base64.StdEncoding.EncodeToString(response) + "</auth>"
}

// authenticate is the first element of a login by SASL2.
func authenticate(mechanism string, response []byte, inline string) string {
	return "<authenticate xmlns='" + sasl2 + "' mechanism='" + mechanism + "'><initial-response>" +
		base64.StdEncoding.EncodeToString(response) + "</initial-response>" + inline + "</authenticate>"
}

// offered notes what the server offers: the mechanisms of both forms of SASL are the same.
func (c *Client) offered(features *Node) {
	if list := features.child("mechanisms"); list != nil {
		c.mechanisms, c.bindings = nil, nil
		for _, m := range list.Content {
			c.mechanisms = append(c.mechanisms, m.(*Node).Content[0].(string))
		}
	}
	if list := features.child("sasl-channel-binding"); list != nil {
		for _, b := range list.Content {
			c.bindings = append(c.bindings, attr(b.(*Node), "type"))
		}
	}
}

// exchange begins a SASL exchange with what the connection has.
func (c *Client) exchange(mechanism, password string) (*sasl.Client, error) {
	local, _, _ := cutName(c.name)
	cfg := sasl.ClientConfig{Offered: c.mechanisms, OfferedBindings: c.bindings, TLS: c.conn.security != nil}
	token := sasl.IsTokenMechanism(mechanism)
	if (token || strings.HasSuffix(mechanism, "-PLUS")) && c.conn.security != nil && c.conn.security.Bindings != nil {
		for _, t := range []string{"noise-handshake", sasl.TLSExporter, sasl.TLSServerEndPoint} {
			if data := c.conn.security.Bindings(t); data != nil {
				cfg.ChannelBindings = append(cfg.ChannelBindings, sasl.ChannelBinding{Type: t, Data: data})
			}
		}
	}
	if token {
		return sasl.NewTokenClient(mechanism, local, password, cfg)
	}
	return sasl.NewClient(mechanism, local, password, cfg)
}

// answer returns the element received last, and the data in it.
func (c *Client) answer() (*Node, []byte, error) {
	if len(c.received) == 0 {
		return nil, nil, errors.New("nothing was received")
	}
	last := c.received[len(c.received)-1]
	data, err := last.data()
	return last, data, err
}

// data returns the bytes that the text of n stands for in base64, none when there is no n.
func (n *Node) data() ([]byte, error) {
	var text string
	if n != nil && len(n.Content) == 1 {
		text, _ = n.Content[0].(string)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	return data, nil
}

// child returns the first child element of that name, nil when there is none.
func (n *Node) child(name string) *Node {
	for _, c := range n.Content {
		if c, ok := c.(*Node); ok && c.Name == name {
			return c
		}
	}
	return nil
}

// Fill makes the connection's mailbox refuse mail, or ends that.
func (c *Client) Fill(full bool) {
	c.conn.mu.Lock()
	c.conn.deaf = full
	c.conn.mu.Unlock()
	if !full {
		c.conn.push(stream.Input{Kind: stream.Drained})
	}
	c.w.Run()
}
