package attack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

const header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"

// attacks are in the order in which they are played; the last fills the archive least.
var attacks = []attack{
	{"slowloris", "1,000 connections that send a byte a second and never log in", 1000, nil, slowloris},
	{"strangers", "connections that send all that a stranger may, and more, and come again", 64, nil, strangers},
	{"passwords", "logins with wrong passwords", 32, nil, passwords},
	{"handshakes", "TLS handshakes one after another, and noise where the link's should be", 32, nil, handshakes},
	{"accepts", "connections that are reset as soon as they are there", 64, nil, accepts},
	{"descriptors", "as many connections as the server takes, which stay", 32, nil, descriptors},
	{"silence", "sessions that ask for much and read nothing", 64, nil, silence},
	{"giants", "stanzas as long and as deep as may be, to an account of the attackers' own", 16, nil, giants},
	{"bombs", "compressed streams that become a thousand times as long", 16, nil, bombs},
	{"presence", "presence, requests to subscribe to an honest user, and probes, as fast as may be", 16, nil, presence},
	{"messages", "messages to an account of the attackers' own, as fast as may be", 16, nil, messages},
	{"archive", "queries of everything in an archive, and searches that find nothing", 16, fillArchive, archive},
}

func slowloris(ctx context.Context, v *villain, _ int) {
	c, err := v.dial(ctx, v.Plain)
	if err != nil {
		return
	}
	go v.drain(ctx, c)
	defer c.Close()
	for i := 0; i < len(header) && pause(ctx, time.Second); i++ {
		if !v.write(c, header[i:i+1]) {
			return
		}
	}
}

func strangers(ctx context.Context, v *villain, i int) {
	c, err := v.dial(ctx, v.Plain)
	if err != nil {
		return
	}
	what := [...]string{
		"<message><body>" + strings.Repeat("a", 300_000),
		strings.Repeat("<a>", 10_000),
		strings.Repeat("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", 1000),
		"<a " + strings.Repeat("x", 100_000),
	}
	v.write(c, header)
	v.write(c, what[i%len(what)])
	v.drain(ctx, c)
}

func passwords(ctx context.Context, v *villain, i int) {
	c, err := v.login(ctx, i, func(c *client.Config) { c.Password, c.Keys = "wrong", nil })
	if err == nil {
		c.Abort()
	}
}

func handshakes(ctx context.Context, v *villain, i int) {
	if i%4 == 0 {
		c, err := v.dial(ctx, v.Link)
		if err != nil {
			return
		}
		noise := make([]byte, 500)
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		v.write(c, string(noise))
		v.drain(ctx, c)
		return
	}
	c, err := v.dial(ctx, v.TLS)
	if err != nil {
		return
	}
	c.SetDeadline(time.Now().Add(patience))
	_ = tls.Client(c, anyone).HandshakeContext(ctx)
	c.Close()
}

func accepts(ctx context.Context, v *villain, _ int) {
	c, err := v.dial(ctx, v.Plain)
	if err != nil {
		return
	}
	if c, ok := c.(interface{ SetLinger(int) error }); ok {
		_ = c.SetLinger(0)
	}
	c.Close()
}

// descriptors has each of its actors hold what connections it gets.
func descriptors(ctx context.Context, v *villain, _ int) {
	var held sync.WaitGroup
	defer held.Wait()
	for ctx.Err() == nil {
		c, err := v.dial(ctx, v.Plain)
		if err != nil {
			pause(ctx, 100*time.Millisecond)
			continue
		}
		if !v.write(c, header) {
			c.Close()
			continue
		}
		held.Go(func() { v.drain(ctx, c) })
	}
}

func silence(ctx context.Context, v *villain, i int) {
	c, err := v.login(ctx, i, func(c *client.Config) { c.Queue, c.QueueBytes = 1, 1 })
	if err != nil {
		return
	}
	v.flood(ctx, c, false, func(n int) string {
		return fmt.Sprintf("<iq type='get' id='%d' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", n)
	})
}

func giants(ctx context.Context, v *villain, i int) {
	c, err := v.login(ctx, i, nil)
	if err != nil {
		return
	}
	to := v.own(i + 1)
	long := "<message to='" + to.String() + "' type='chat'><body>" + strings.Repeat("long ", 40_000) + "</body></message>"
	deep := "<message to='" + to.String() + "' type='chat'><body>x</body>" + strings.Repeat("<a xmlns='urn:a' b='c'>", 60) + strings.Repeat("</a>", 60) + "</message>"
	v.flood(ctx, c, true, func(n int) string {
		if n%2 == 0 {
			return long
		}
		return deep
	})
}

func bombs(ctx context.Context, v *villain, i int) {
	c, err := v.login(ctx, i, func(c *client.Config) { c.Compression = "zlib" })
	if err != nil {
		return
	}
	bomb := "<message to='" + v.own(i+1).String() + "' type='chat'><body>" + strings.Repeat("a", 240_000) + "</body></message>"
	v.flood(ctx, c, true, func(int) string { return bomb })
}

func presence(ctx context.Context, v *villain, i int) {
	c, err := v.login(ctx, i, nil)
	if err != nil {
		return
	}
	v.flood(ctx, c, true, func(n int) string {
		switch n % 4 {
		case 0:
			return "<presence type='subscribe' to='" + v.Victim.Bare().String() + "'/>"
		case 1:
			return "<presence type='probe' to='" + v.Victim.Bare().String() + "'/>"
		case 2:
			return "<presence type='unsubscribe' to='" + v.Victim.Bare().String() + "'/>"
		}
		return fmt.Sprintf("<presence><status>%d</status></presence>", n)
	})
}

func messages(ctx context.Context, v *villain, i int) {
	c, err := v.login(ctx, i, nil)
	if err != nil {
		return
	}
	to := v.own(0).String()
	v.flood(ctx, c, true, func(n int) string {
		return fmt.Sprintf("<message to='%s' id='%d' type='chat'><body>message number %d of somebody who has much to say</body></message>", to, n, n)
	})
}

// filled is how many messages the archive that is queried has at least: no more from each account than it may send at once.
const filled = 3200

func fillArchive(ctx context.Context, v *villain) error {
	var work sync.WaitGroup
	var failed [villains]error
	for i := range villains {
		work.Go(func() { failed[i] = v.tell(ctx, i, filled/villains) })
	}
	work.Wait()
	return errors.Join(failed[:]...)
}

// tell has account i send so many messages to the one whose archive is queried.
func (v *villain) tell(ctx context.Context, i, messages int) error {
	c, err := v.login(ctx, i, nil)
	if err != nil {
		return err
	}
	defer c.Abort()
	go v.discard(ctx, c)
	for n := range messages {
		if _, err := c.Message(ctx, v.own(0), fmt.Sprintf("message number %d of somebody who has much to say", n)); err != nil {
			return err
		}
	}
	_, err = c.IQ(ctx, func(b *codec.Builder) { // answered behind them
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "get").Start(atom.NSPing, atom.Ping).End()
	})
	return err
}

func archive(ctx context.Context, v *villain, i int) {
	c, err := v.login(ctx, 0, nil)
	if err != nil {
		return
	}
	v.flood(ctx, c, true, func(n int) string {
		what := ""
		if n%2 == 1 {
			what = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>" +
				"<field var='{urn:xmpp:fulltext:0}fulltext'><value>nowhere</value></field></x>"
		}
		return fmt.Sprintf("<iq type='set' id='%d'><query xmlns='urn:xmpp:mam:2'>%s<set xmlns='http://jabber.org/protocol/rsm'><max>1000000</max></set></query></iq>", n, what)
	})
}

// own returns the address of the attackers' account i.
func (v *villain) own(i int) jid.JID {
	c := v.Client(honest + i%villains)
	return c.JID
}
