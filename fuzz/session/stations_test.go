package session

import (
	"time"

	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// station is a state that a trial begins in: enter brings the attacker's current connection there, and at is what stateOf says then.
type station struct {
	name, at string
	enter    func(tr *trial)
}

const (
	agent = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>x</software></user-agent>"
	// inline is what can come with a login by SASL2.
	inline = agent + "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>" +
		"<bind xmlns='urn:xmpp:bind:0'><tag>t</tag><enable xmlns='urn:xmpp:sm:3' resume='true'/><enable xmlns='urn:xmpp:carbons:2'/><inactive xmlns='urn:xmpp:csi:0'/></bind>"
	startTLS   = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
	bindIQ     = "<iq id='bind' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
	compressIt = "<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>"
	available  = "<iq id='roster' type='get'><query xmlns='jabber:iq:roster'/></iq><presence/>"
	enableAcks = "<enable xmlns='urn:xmpp:sm:3'/>"
	enableIt   = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
)

// stations are where trials begin. New ones go to the end: seeds name them by their numbers.
var stations = []station{
	{"before the header", "connected", func(tr *trial) { tr.connect(xmpptest.Transport{}) }},
	{"behind the header, without TLS", "negotiating", func(tr *trial) { tr.header(xmpptest.Transport{}) }},
	{"behind STARTTLS", "connected secure", func(tr *trial) { tr.header(xmpptest.Transport{}).Send(startTLS) }},
	{"behind the header, with TLS", "negotiating secure", func(tr *trial) { tr.overTLS() }},
	{"behind a header with a name", "negotiating secure named", func(tr *trial) {
		tr.connect(xmpptest.Transport{TLS: true}).Send(tr.headerOf("alice"))
	}},
	{"on the link, with a new key", "negotiating secure", func(tr *trial) { tr.header(xmpptest.Transport{Link: true, Key: 9}) }},
	{"in SASL", "negotiating secure in SASL", func(tr *trial) { tr.must(tr.overTLS().Begin("SCRAM-SHA-256", false, "")) }},
	{"in SASL2", "negotiating secure in SASL2", func(tr *trial) { tr.must(tr.overTLS().Begin("SCRAM-SHA-256", true, inline)) }},
	{"before a task", "negotiating secure named before a task", func(tr *trial) { tr.task() }},
	{"in a task", "negotiating secure named in a task", func(tr *trial) {
		tr.task().Send("<next xmlns='urn:xmpp:sasl:2' task='UPGR-SCRAM-SHA-256'/>")
	}},
	{"behind a failed login", "negotiating secure failed", func(tr *trial) { tr.must(tr.overTLS().Authenticate("PLAIN", "wrong")) }},
	{"logged in, before the header", "authenticated secure", func(tr *trial) { tr.must(tr.overTLS().Authenticate("SCRAM-SHA-256", xmpptest.Password)) }},
	{"before a resource", "binding secure", func(tr *trial) { tr.connectByLink() }},
	{"compressed, before the header", "authenticated secure compressed", func(tr *trial) { tr.compressed() }},
	{"compressed, before a resource", "binding secure compressed", func(tr *trial) {
		c := tr.compressed()
		c.Send(c.Header())
	}},
	{"bound", "bound", func(tr *trial) { tr.bound("") }},
	{"available", "bound available", func(tr *trial) { tr.bound(available) }},
	{"with acks", "bound acks available", func(tr *trial) { tr.bound(enableAcks + available) }},
	{"resumable", "bound acks resumable available", func(tr *trial) { tr.bound(enableIt + available) }},
	{"inactive", "bound acks resumable inactive available", func(tr *trial) {
		tr.bound(enableIt + available + "<inactive xmlns='urn:xmpp:csi:0'/>")
	}},
	{"asked for an ack", "bound acks resumable available asked", func(tr *trial) {
		tr.bound(enableIt + available).Send(toSelf)
	}},
	{"reading slowly, behind", "bound acks resumable available behind", func(tr *trial) {
		c := tr.bound(enableIt + available)
		c.Congest(true)
		c.Send(toSelf)
	}},
	{"sent as much as may be unacked", "bound acks resumable available behind asked", func(tr *trial) {
		c := tr.bound(enableIt + available)
		for range 7 {
			c.Send(toSelf)
		}
	}},
	{"parked", "closed acks resumable parked available asked", func(tr *trial) {
		tr.parked()
		tr.at--
	}},
	{"before the resumption of a parked stream", "binding secure", func(tr *trial) { tr.parked() }},
	{"before that of a dormant one", "binding secure", func(tr *trial) {
		tr.bound(enableIt + available).Disconnect()
		tr.w.Sleep(10 * time.Minute)
		tr.connectByLink()
	}},
	{"before that of one that has ended", "binding secure", func(tr *trial) {
		tr.bound(enableIt + available).Disconnect()
		tr.w.Sleep(2 * time.Hour)
		tr.connectByLink()
	}},
	{"before that of a live one", "binding secure", func(tr *trial) {
		tr.bound(enableIt + available).Send(toSelf)
		tr.connectByLink()
	}},
	{"resumed", "bound acks resumable available asked", func(tr *trial) { tr.parked().Send(tr.resume("0")) }},
	{"taken over", "closed acks resumable outlived", func(tr *trial) { tr.takeOver(false, xmpptest.NothingWaits) }},
	{"taken over, and not told", "bound acks resumable outlived", func(tr *trial) { tr.takeOver(true, xmpptest.NothingWaits) }},
	{"claimed", "bound acks resumable claimed outlived available", func(tr *trial) { tr.takeOver(true, xmpptest.ResultsWait) }},
	{"claiming", "binding secure working", func(tr *trial) {
		tr.takeOver(true, xmpptest.ResultsWait)
		tr.at++
	}},
	{"bound by Bind 2", "bound acks resumable inactive available", func(tr *trial) {
		c := tr.overTLS()
		tr.must(c.AuthenticateSASL2("SCRAM-SHA-256", xmpptest.Password, inline))
		c.Send("<presence/>")
	}},
	{"with a token, before a login by it", "negotiating secure named", func(tr *trial) {
		tr.must(tr.overTLS().AuthenticateSASL2("SCRAM-SHA-256", xmpptest.Password, inline))
		tr.connect(xmpptest.Transport{TLS: true}).Send(tr.headerOf("alice"))
	}},
	{"logged in by a token, and resumed", "bound acks resumable behind", func(tr *trial) {
		tr.must(tr.overTLS().AuthenticateSASL2("SCRAM-SHA-256", xmpptest.Password, inline))
		c := tr.overTLS()
		tr.must(c.AuthenticateSASL2("HT-SHA-256-NONE", tr.fast, agent+"<fast xmlns='urn:xmpp:fast:0'/>"+tr.resume("0")))
	}},
	{"while a name is looked up", "connected secure named working", func(tr *trial) {
		tr.waiting(tr.connect(xmpptest.Transport{TLS: true}), xmpptest.JobsWait, tr.headerOf("alice"))
	}},
	{"while a key is looked up", "connected secure working", func(tr *trial) {
		c := tr.connect(xmpptest.Transport{Link: true, Key: linkKeys["alice"], Proven: true})
		tr.waiting(c, xmpptest.JobsWait, c.Header())
	}},
	{"while a password is checked", "negotiating secure in SASL2 working", func(tr *trial) {
		c := tr.overTLS()
		c.Stall(xmpptest.ResultsWait)
		tr.must(c.AuthenticateSASL2("PLAIN", xmpptest.Password, inline))
	}},
	{"while a resource is bound", "binding secure working", func(tr *trial) { tr.waiting(tr.connectByLink(), xmpptest.ResultsWait, bindIQ) }},
	{"while acks are enabled", "bound working", func(tr *trial) { tr.waiting(tr.bound(""), xmpptest.ResultsWait, enableIt) }},
	{"while a request is answered", "bound acks resumable available working", func(tr *trial) {
		tr.waiting(tr.bound(enableIt+available), xmpptest.JobsWait, "<iq id='roster2' type='get'><query xmlns='jabber:iq:roster'/></iq>")
	}},
	{"while a page is read", "bound acks resumable available paging working", func(tr *trial) {
		c := tr.bound(enableIt + available)
		for range 7 {
			c.Send(toSelf)
		}
		tr.waiting(c, xmpptest.ResultsWait, "<a xmlns='urn:xmpp:sm:3' h='5'/>")
	}},
	{"while a resumption is checked", "bound acks resumable available paging working", func(tr *trial) {
		c := tr.parked()
		tr.waiting(c, xmpptest.ResultsWait, tr.resume("0"))
		c.Let()
	}},
	{"with the first flight of a link announced", "bound acks resumable available asked skipping", func(tr *trial) {
		tr.parked().Send("<early xmlns='urn:godwit:link:1' h='0' max='3'/>" + tr.resume("0"))
	}},
	{"closed by an error", "closed", func(tr *trial) { tr.bound("").Send("<wrong/>") }},
}

// toSelf is a message to the own account, which comes back.
const toSelf = "<message to='alice@" + domain + "' type='chat'><body>self</body></message>"

func (tr *trial) must(err error) {
	if err != nil {
		tr.t.Fatal(err)
	}
}

// headerOf is a stream header with a name.
func (tr *trial) headerOf(name string) string {
	return "<stream:stream from='" + name + "@" + domain + "' to='" + domain + "' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
}

func (tr *trial) header(how xmpptest.Transport) *xmpptest.Client {
	c := tr.connect(how)
	c.Send(c.Header())
	return c
}

func (tr *trial) overTLS() *xmpptest.Client { return tr.header(xmpptest.Transport{TLS: true}) }

// compressed logs in and compresses.
func (tr *trial) compressed() *xmpptest.Client {
	c := tr.overTLS()
	tr.must(c.Authenticate("SCRAM-SHA-256", xmpptest.Password))
	c.Send(c.Header())
	c.Send(compressIt)
	return c
}

// task brings dora, whose account lacks keys, to where it is asked for them.
func (tr *trial) task() *xmpptest.Client {
	c := tr.use(tr.w.ConnectBy(tr.newName("dora"), xmpptest.Transport{TLS: true}))
	c.Send(tr.headerOf("dora"))
	tr.must(c.AuthenticateSASL2("SCRAM-SHA-1", "pencil", "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"))
	return c
}

// bound binds a resource, and sends more.
func (tr *trial) bound(more string) *xmpptest.Client {
	c := tr.connectByLink()
	c.Send(bindIQ)
	c.Send(more)
	return c
}

// parked leaves a stream without its connection, and something sent on it unacked, and logs in again.
func (tr *trial) parked() *xmpptest.Client {
	c := tr.bound(enableIt + available)
	c.Send(toSelf)
	c.Disconnect()
	return tr.connectByLink()
}

func (tr *trial) resume(h string) string {
	return "<resume xmlns='urn:xmpp:sm:3' h='" + h + "' previd='" + tr.stream + "'/>"
}

// takeOver lets another connection resume the stream of one that is there; deaf, that one is not told. The current connection is the old one.
func (tr *trial) takeOver(deaf bool, s xmpptest.Stall) {
	old := tr.bound(enableIt + available)
	c := tr.connectByLink()
	if deaf {
		old.Fill(true)
	}
	c.Stall(s)
	c.Send(tr.resume("0"))
	tr.at--
}

// waiting sends text to a connection whose jobs take long.
func (tr *trial) waiting(c *xmpptest.Client, s xmpptest.Stall, text string) {
	c.Stall(s)
	c.Send(text)
}
