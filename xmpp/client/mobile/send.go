package mobile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Send sends a message of type chat and returns its id. It is in the outbox then, in the state Queued; Listener.Delivery tells the rest. The recipient is asked to say
// when it has it (XEP-0184) and when it is displayed (XEP-0333).
func (c *Client) Send(to, body string) (id string, err error) {
	if body == "" {
		return "", errors.New("mobile: a message needs a body")
	}
	return c.post(to, "", false, func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.Body).Text(body).End()
		b.Start(atom.NSReceipts, atom.Request).End()
		b.Start(atom.NSMarkers, atom.Markable).End()
	})
}

// SendPayload sends a message with the elements that payload holds, as XML under a header of jabber:client: its body and requests for receipts too, if it is to have any. It is
// kept and delivered as by Send. kind is its type; "" means "chat".
func (c *Client) SendPayload(to, kind, payload string) (id string, err error) {
	parsed, err := parse("<message>" + payload + "</message>")
	if err != nil {
		return "", fmt.Errorf("mobile: the payload: %w", err)
	}
	return c.post(to, kind, false, func(b *codec.Builder) {
		for e := range parsed.Children() {
			b.Copy(e).End()
		}
	})
}

var errOneElement = errors.New("it is not whole elements")

// parse returns the element that text is, which must be one.
func parse(text string) (codec.Element, error) {
	d, s := xmltext.NewDecoder(&codec.DefaultLimits), new(codec.Scratch)
	defer d.Close()
	for p := []byte(streamHeader + text); len(p) > 0; {
		n, event, err := d.Decode(p, s)
		p = p[n:]
		switch {
		case err != nil:
			return codec.Element{}, err
		case event == codec.EventElement && len(p) == 0:
			return s.Tree.Root(), nil
		case event == codec.EventElement || event == codec.EventClose:
			return codec.Element{}, errOneElement
		}
	}
	return codec.Element{}, errOneElement
}

const streamHeader = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

// MarkRead tells the sender of a message that it was displayed, and with it all before it (XEP-0333 §3), and this account's other devices too. It survives the app, as messages do.
func (c *Client) MarkRead(to, id string) error {
	return c.note(to, id, atom.NSMarkers, atom.Displayed)
}

// note sends what a device says of a message that it got.
func (c *Client) note(to, id string, ns, name atom.Atom) error {
	if id == "" {
		return errors.New("mobile: a message without an id")
	}
	_, err := c.post(to, "", true, func(b *codec.Builder) {
		b.Start(ns, name).Attr(atom.ID, id).End()
		b.Start(atom.NSHints, atom.Store).End() // XEP-0334 §4.4: it is wanted by who is away, too
	})
	return err
}

// maxMessage is the number of bytes that a message may have: a server that finds it too large would end the stream, each time that it is sent.
const maxMessage = 200_000

// post puts a message in the outbox.
func (c *Client) post(to, kind string, quiet bool, content func(b *codec.Builder)) (id string, err error) {
	address, err := jid.Parse(to)
	if err != nil {
		return "", fmt.Errorf("mobile: the recipient: %w", err)
	}
	if kind == "" {
		kind = "chat"
	}
	id = newID()
	var b codec.Builder
	b.Start(atom.NSClient, atom.Message).Attr(atom.To, address.String()).Attr(atom.Type, kind).Attr(atom.ID, id)
	content(&b)
	b.Start(atom.NSStanzaID, atom.OriginID).Attr(atom.ID, id).End()
	text := xmltext.Encoder{}.AppendElement(nil, b.Element())
	if len(text) > maxMessage {
		return "", fmt.Errorf("mobile: the message has %d bytes, more than %d", len(text), maxMessage)
	}
	return id, c.out.put(&letter{id: id, To: address.String(), Millis: nowMillis(), XML: string(text), Quiet: quiet})
}

// newID returns an id for a message, random in 64 bits: an account's are unique.
func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// accepted is the server's word that it has a message.
func (s *session) accepted(id string) {
	m := s.out.find(id)
	if m == nil {
		return
	}
	if !m.Quiet {
		s.tell(func(l Listener) { l.Delivery("", id, Accepted, "") })
	}
	_ = s.out.remove(id) // if it stays in the store it is sent again one day, and the server knows it
}
