package client_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Log in, send a message, wait until the server has accepted it, receive the answer, leave.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := client.Dial(ctx, client.Config{
		Address:    exampleServer(), // without it, the domain of the JID
		JID:        jid.MustParse("juliet@example.com"),
		Password:   "secret",
		Mode:       client.Plain, // the server is on this machine; without it, STARTTLS
		Mechanisms: []string{"PLAIN"},
		SM:         true,
	})
	if err != nil {
		log.Fatal(err)
	}
	id, err := conn.Message(ctx, jid.MustParse("romeo@example.net"), "Art thou not Romeo?")
	if err != nil {
		log.Fatal(err)
	}
	if err := conn.WaitAcked(ctx, id); err != nil {
		log.Fatal(err)
	}
	answer, err := conn.Recv(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", answer.From(), answer.Body())
	if err := conn.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: romeo@example.net/orchard: Neither, fair saint
}

// exampleServer returns the address of a server that serves one client.
func exampleServer() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		defer conn.Close()
		p := newPeer(conn)
		if err := p.login(); err != nil {
			log.Fatal(err)
		}
		p.converse()
	}()
	return l.Addr().String()
}

// converse answers a message and acks it, until the client leaves.
func (p *peer) converse() {
	for {
		event, e, err := p.next()
		switch {
		case err != nil:
			return
		case event == codec.EventClose:
			p.say(`</stream:stream>`)
			return
		case e.Is(atom.NSSM, atom.Enable):
			p.say(`<enabled xmlns='urn:xmpp:sm:3'/>`)
		case e.Is(atom.NSSM, atom.R):
			p.say(`<a xmlns='urn:xmpp:sm:3' h='1'/>`)
		case e.Is(atom.NSClient, atom.Message):
			p.say(`<message from='romeo@example.net/orchard'><body>Neither, fair saint</body></message>`)
		}
	}
}
