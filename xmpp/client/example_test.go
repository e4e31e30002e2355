package client_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"math/rand/v2"
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

// Stay connected: log in, use the connection until it is lost, and go on with its stream on the next one.
func ExampleConn_Resumption() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cfg := client.Config{
		JID:      jid.MustParse("juliet@example.com"),
		Password: "secret",
		AgentID:  client.NewAgentID(), // made once, and kept: for a token, so that the password is needed no more
		Mode:     client.DirectTLS,
		TLS:      &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(1)},
		Resume:   true,
	}
	for pause := time.Second; ctx.Err() == nil; {
		conn, err := client.Dial(ctx, cfg)
		if err != nil && !client.Temporary(err) {
			log.Fatal(err) // the next time will be no better
		}
		if err != nil {
			time.Sleep(pause + rand.N(pause)) // not all clients of a server at once
			pause = min(2*pause, time.Minute)
			continue
		}
		pause = time.Second
		if !conn.Resumed() { // a new session, which nobody knows of
			_ = conn.Presence(ctx)
		}
		for err == nil {
			var s *client.Stanza
			if s, err = conn.Recv(ctx); err == nil {
				fmt.Printf("%s: %s\n", s.From(), s.Body())
			}
		}
		if !client.Temporary(err) {
			log.Fatal(err)
		}
		cfg.Known, cfg.Resumption = conn.Known(), conn.Resumption()
	}
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
