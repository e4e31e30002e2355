package session

import (
	"time"

	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// mostEvents is how many events a program may have, and mostBytes how long raw ones may be.
const (
	mostEvents = 60
	mostBytes  = 20_000
)

// play runs a program: a station, and events.
func (tr *trial) play(data []byte) {
	p := &tape{data}
	station := stations[p.below(len(stations))]
	tr.books.crashIn = p.below(8)
	tr.compact = p.one(2)
	station.enter(tr)
	tr.look()
	for n := 0; n < mostEvents && !p.done(); n++ {
		tr.event(p)
		tr.look()
	}
}

// event is one of them; half of the time it is an element.
func (tr *trial) event(p *tape) {
	c := tr.conn()
	if c.Gone() && !p.one(4) {
		tr.again(p)
		return
	}
	switch p.below(40) {
	default:
		tr.pieces(c, tr.element(c, p), p)
	case 0:
		tr.raw(c, p)
	case 1:
		tr.at = p.below(len(tr.conns))
	case 2:
		c.Disconnect()
	case 3:
		tr.again(p)
	case 4:
		c.Stall(pick(p, []xmpptest.Stall{xmpptest.JobsWait, xmpptest.ResultsWait}))
	case 5:
		c.Stall(xmpptest.NothingWaits)
	case 6:
		c.Let()
	case 7:
		c.Congest(p.one(2))
	case 8:
		c.Fill(p.one(2))
	case 9:
		tr.w.Sleep(pick(p, []time.Duration{time.Second, 31 * time.Second, 6 * time.Minute, 2 * time.Hour}))
	case 10:
		tr.w.Jump(pick(p, []time.Duration{time.Hour, -time.Hour, 30 * time.Hour, -30 * time.Hour}))
	case 11:
		tr.restart(p)
	case 12:
		tr.chat()
	case 13, 14:
		tr.bob.Send(pick(p, []string{
			"<message to='alice@" + domain + "' type='chat'><body>bob's</body></message>", "<message to='alice@" + domain + "/r0'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
			"<presence to='alice@" + domain + "' type='subscribed'/>", "<presence to='alice@" + domain + "' type='subscribe'/>", "<presence/>",
			"<iq to='alice@" + domain + "/r0' type='get' id='q'><ping xmlns='urn:xmpp:ping'/></iq>",
		}))
	case 15:
		c.Note(pick(p, []any{router.Removed, router.Replaced}))
	case 16:
		tr.pieces(c, tr.resume(pick(p, pools["n"])), p)
	}
}

// again opens another connection.
func (tr *trial) again(p *tape) {
	if len(tr.conns) == maxConns {
		return
	}
	switch p.below(6) {
	default:
		tr.connectByLink()
	case 0:
		tr.bound(enableIt + available)
	case 1:
		tr.connect(xmpptest.Transport{TLS: true}).Send(tr.headerOf("alice"))
	case 2:
		tr.header(xmpptest.Transport{})
	case 3:
		tr.header(xmpptest.Transport{Link: true, Key: 9})
	}
}

// raw gives bytes as they are.
func (tr *trial) raw(c *xmpptest.Client, p *tape) {
	n := min(p.below(64), len(p.rest))
	tr.sendBytes(c, p.rest[:n])
	p.rest = p.rest[n:]
}

// pieces gives text in up to four pieces; compact items now and then with a bit that is wrong.
func (tr *trial) pieces(c *xmpptest.Client, text string, p *tape) {
	b := c.Encode(text)
	for tr.compact && len(b) > 0 && p.one(8) {
		b[p.below(len(b))] ^= 1 << p.below(8)
	}
	for range p.below(4) {
		if len(b) == 0 {
			return
		}
		at := p.below(len(b))
		tr.sendBytes(c, b[:at])
		b = b[at:]
	}
	tr.sendBytes(c, b)
}

// restart ends the server, in order or not, and starts it again: everybody has to come again.
func (tr *trial) restart(p *tape) {
	for _, c := range tr.conns {
		c.Stall(xmpptest.NothingWaits)
	}
	if p.one(2) {
		tr.w.Restart()
	} else {
		tr.w.Crash(uint64(p.next()))
	}
	tr.books.restarted()
	tr.bystanders()
	if len(tr.conns) < maxConns {
		tr.connectByLink()
	}
}

// bytes gives the bytes to the machine at a station, in pieces of that many bytes; 0: in one. From 128 on the connections carry compact items.
func (tr *trial) bytes(station, piece int, data []byte) {
	tr.books.crashIn = 1
	tr.compact, piece = piece >= 128, piece%128
	stations[station%len(stations)].enter(tr)
	data = data[:min(len(data), mostBytes)]
	if piece == 0 {
		piece = len(data)
	}
	for len(data) > 0 {
		n := min(piece, len(data))
		tr.sendBytes(tr.conn(), data[:n])
		data = data[n:]
	}
}
