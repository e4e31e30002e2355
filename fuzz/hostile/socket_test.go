package hostile

import (
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// socketAttacks are about TCP and TLS.
var socketAttacks = []attack{
	{"direct TLS for another protocol", func(m *mallory) {
		for _, protocols := range [][]string{{"h2"}, {"xmpp-server"}, {"http/1.1", "h2"}} {
			raw, err := net.Dial("tcp", m.w.addr[direct])
			must(m.T, err)
			err = tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: protocols}).Handshake()
			if err == nil || !strings.Contains(err.Error(), "no application protocol") { // RFC 7301 §3.2
				m.Errorf("%v: %v", protocols, err)
			}
			raw.Close()
		}
		raw, err := net.Dial("tcp", m.w.addr[direct])
		must(m.T, err)
		defer raw.Close()
		must(m.T, tls.Client(raw, &tls.Config{InsecureSkipVerify: true}).Handshake()) // XEP-0368 §3: clients should, not must, ask
	}},
	{"a PROXY header that nobody wants", func(m *mallory) {
		m.fall(m.dial(plain), "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"+head, "not-well-formed")
		m.fall(m.dial(plain), "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c"+strings.Repeat("\x01", 12)+head, "not-well-formed")
	}},
	{"white space without end before login", func(m *mallory) {
		p := m.open(plain)
		m.fall(p, strings.Repeat(" ", 70_000), "policy-violation")
		q := m.open(direct)
		m.fall(q, strings.Repeat("\n", 70_000), "policy-violation")
	}},
	{"resets in the middle of everything", func(m *mallory) {
		for i := range 60 {
			p := m.dial(port(i) % ports)
			switch i % 3 {
			case 1:
				_ = p.header()
			case 2:
				_ = p.say(head + "<auth xmlns='" + saslNS + "' mechanism='PLAIN'>AG0wA")
			}
			p.reset()
		}
		for i := range 20 {
			p, err := m.w.attacker(port(i) % ports)
			must(m.T, err)
			_ = p.write(toSinkHalf(p.port))
			p.reset()
		}
		must(m.T, m.w.barrier())
		for _, who := range m.w.sink.left(m.w.control.jid) {
			m.Errorf("half a message of %s arrived", who)
		}
	}},
	{"5,000 connections dropped in the middle of a handshake", func(m *mallory) { m.w.dropHandshakes(m.T, 5000) }},
}

func toSinkHalf(p port) []byte {
	if p == linked {
		return toSink("half")[:20]
	}
	return []byte("<message to='a@localhost'><body>half</body>")
}

// dropHandshakes opens connections, begins handshakes, and drops them, by FIN and by RST.
func (w *world) dropHandshakes(t *testing.T, n int) {
	before := w.server.Stats().Connections
	hello := clientHello(t)
	first, _ := w.handshake(t, nil)
	var wg sync.WaitGroup
	work := make(chan int)
	for range 100 {
		wg.Go(func() {
			for i := range work {
				via, begin := direct, hello
				if i%2 == 0 {
					via, begin = linked, first
				}
				c, err := net.Dial("tcp", w.addr[via])
				if err != nil {
					if hungUp(err) != nil {
						t.Error(err)
					}
					continue // refused: too many at once
				}
				_, _ = c.Write(begin[:i*7%(len(begin)+1)])
				if i%3 == 0 {
					c.(*net.TCPConn).SetLinger(0)
				}
				c.Close()
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	within(t, "connections", func() (any, bool) { now := w.server.Stats().Connections; return now - before, now <= before })
}

// clientHello returns the first bytes of a TLS client.
func clientHello(t *testing.T) []byte {
	here, there := net.Pipe()
	defer here.Close()
	go tls.Client(there, clientTLS).Handshake()
	buf := make([]byte, 4096)
	here.SetDeadline(time.Now().Add(patience))
	n, err := here.Read(buf)
	must(t, err)
	return buf[:n]
}
