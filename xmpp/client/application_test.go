package client_test

import (
	"crypto/tls"
	"strconv"
	"strings"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// application does what a line of a dialogue says of the application:
//
//	bound JID          Dial has succeeded
//	fails TEXT         Dial has failed, with TEXT in the error
//	send XML           SendXML
//	message JID BODY   Message
//	subscribe JID      Subscribe
//	recv XML           Recv returns this
//	iq XML             IQ, whose end is awaited by
//	answer XML           … with this answer
//	error TEXT           … with TEXT in the error
//	wait ID …          WaitAcked, whose end is awaited by
//	acked                … success
//	open ID …          Unacked returns these
//	sendfails TEXT     Send does, with TEXT in the error
//	roster             Roster, whose end is awaited by
//	items ITEM …         … with these contacts, see describe
//	push ITEM          Recv returns a roster push with this contact
//	remove JID         RemoveContact, whose end is awaited by
//	done                 … success
//	resumed            Resumed says that the stream is the one of before
//	new                … or that it is another
//	settled N          Settled says so many, or "unknown"
//	accepts ID …       the channel of Acked gives these
//	final              Resumption gives nothing
//	place ID [empty] [behind]  Place returns this
//	close              Close, whose end is awaited by
//	closed               … success
//	abort              Abort
//	ended TEXT         the connection has ended, with TEXT in the error
func (s *scene) application(command, arguments string) {
	arguments = s.fill(arguments)
	switch command {
	case "bound":
		s.check(<-s.dialed)
		if got := s.conn.JID().String(); got != arguments {
			s.fatalf("bound as %s", got)
		}
		s.conn.Acked() // what is accepted from now on is heard of by accepts
	case "fails":
		s.contains(<-s.dialed, arguments)
	case "ended":
		s.contains(s.conn.Wait(s.ctx), arguments)
	case "recv":
		got, err := s.conn.Recv(s.ctx)
		s.check(err)
		s.match(arguments, got.String())
	case "answer":
		o := <-s.later
		s.check(o.err)
		s.match(arguments, o.stanza.String())
	case "error":
		s.contains((<-s.later).err, arguments)
	case "items":
		o := <-s.later
		s.check(o.err)
		s.match(arguments, describe(o.items...))
	case "push":
		got, err := s.conn.Recv(s.ctx)
		s.check(err)
		item, ok := s.conn.Push(got)
		if !ok {
			s.fatalf("no push: %s", got)
		}
		s.match(arguments, describe(item))
	case "sendfails":
		s.contains(s.conn.SendXML(s.ctx, "<message/>"), arguments)
	case "acked", "closed", "done":
		s.check((<-s.later).err)
	case "open":
		if got := strings.Join(s.conn.Unacked(), " "); got != arguments {
			s.fatalf("unacked are %q", got)
		}
	case "resumed", "new":
		if s.conn.Resumed() != (command == "resumed") {
			s.fatalf("it is not")
		}
	case "settled":
		got := "unknown"
		if n, known := s.conn.Settled(); known {
			got = strconv.Itoa(n)
		}
		if got != arguments {
			s.fatalf("settled are %s", got)
		}
	case "accepts":
		for id := range strings.FieldsSeq(arguments) {
			if got := <-s.conn.Acked(); got != id {
				s.fatalf("%s is accepted", got)
			}
		}
	case "place":
		p := s.conn.Place()
		if got := strings.TrimSpace(p.ID + map[bool]string{true: " empty"}[p.Empty] + map[bool]string{true: " behind"}[p.Behind]); got != arguments {
			s.fatalf("the place is %q", got)
		}
	case "final":
		if r := s.conn.Resumption(); r != nil {
			s.fatalf("it can be resumed: %+v", r)
		}
	default:
		s.act(command, arguments)
	}
}

// act is the part of application that does something.
func (s *scene) act(command, arguments string) {
	later := func(f func() (*client.Stanza, error)) {
		go func() {
			stanza, err := f()
			s.later <- outcome{stanza: stanza, err: err}
		}()
	}
	switch command {
	case "send":
		s.check(s.conn.SendXML(s.ctx, arguments))
	case "message":
		to, body, _ := strings.Cut(arguments, " ")
		_, err := s.conn.Message(s.ctx, jid.MustParse(to), body)
		s.check(err)
	case "subscribe":
		s.check(s.conn.Subscribe(s.ctx, jid.MustParse(arguments)))
	case "iq":
		later(func() (*client.Stanza, error) { return s.conn.IQ(s.ctx, buildXML(arguments)) })
	case "wait":
		later(func() (*client.Stanza, error) {
			return nil, s.conn.WaitAcked(s.ctx, strings.Fields(arguments)...)
		})
	case "close":
		later(func() (*client.Stanza, error) { return nil, s.conn.Close(s.ctx) })
	case "remove":
		later(func() (*client.Stanza, error) {
			return nil, s.conn.RemoveContact(s.ctx, jid.MustParse(arguments))
		})
	case "roster":
		go func() {
			items, err := s.conn.Roster(s.ctx)
			s.later <- outcome{items: items, err: err}
		}()
	case "abort":
		s.conn.Abort()
	default:
		s.fatalf("what is %q?", command)
	}
}

// describe writes contacts: JID:name:subscription:groups, then :ask and :approved where they are set.
func describe(items ...client.RosterItem) string {
	var all []string
	for _, i := range items {
		text := strings.Join([]string{i.JID.String(), i.Name, i.Subscription, strings.Join(i.Groups, ",")}, ":")
		if i.Ask {
			text += ":ask"
		}
		if i.Approved {
			text += ":approved"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func (s *scene) contains(err error, want string) {
	s.t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		s.fatalf("\n got %v\nwant %s", err, want)
	}
}

// bindings are the channel bindings of the server's end.
func (p *peer) bindings() []sasl.ChannelBinding {
	if p.session != nil {
		return []sasl.ChannelBinding{{Type: "noise-handshake", Data: p.session.HandshakeHash()}}
	}
	conn, ok := p.conn.(*tls.Conn)
	if !ok {
		return nil
	}
	state := conn.ConnectionState()
	data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	if err != nil {
		panic(err)
	}
	return []sasl.ChannelBinding{{Type: sasl.TLSExporter, Data: data}}
}
