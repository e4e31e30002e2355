package edge

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// observed starts a server with the three kinds of listeners, whose machines answer what they are sent, and returns the addresses.
func observed(t *testing.T) (s *Server, addresses map[Kind]string) {
	t.Helper()
	s, err := New(Config{Loops: 2, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	static, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	addresses = make(map[Kind]string)
	for _, k := range []Kind{C2S, C2STLS, Link} {
		addr, err := s.Listen(Listener{
			Kind: k, Address: "127.0.0.1:0", NewMachine: answering, Certificates: testCerts(t, localhost),
			Link: &link.ServerConfig{Static: static, Statement: func(string) ([]byte, error) { return []byte("believe me"), nil }},
		})
		if err != nil {
			t.Fatal(err)
		}
		addresses[k] = addr.String()
	}
	return s, addresses
}

// greet makes a client of a kind of listener, and exchanges a stanza with the server.
func greet(t *testing.T, address string, kind Kind) {
	t.Helper()
	all, answer := greeting(codingOf(kind).encoder)
	c := clientOver(t, dial(t, address), kind)
	send(t, c, string(all))
	got := make([]byte, len(answer))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
}

// TestMetricsTellOneTransportFromTheOther: what is open, logged in and moved is counted where it belongs, and no more when it is gone.
func TestMetricsTellOneTransportFromTheOther(t *testing.T) {
	s, addresses := observed(t)
	for kind, n := range map[Kind]int{C2S: 1, C2STLS: 2, Link: 3} {
		for range n {
			greet(t, addresses[kind], kind)
		}
	}
	m := s.Metrics(t.Context())
	for transport, n := range map[Transport]int{PlainTransport: 1, TLSTransport: 2, LinkTransport: 3} {
		got := m.Transports[transport]
		if got.Connections != n || got.Sessions != n {
			t.Errorf("%s: %+v, want %d", transport, got, n)
		}
		if got.BytesReceived == 0 || got.BytesSent == 0 || got.StreamReceived == 0 || got.StreamSent == 0 {
			t.Errorf("%s: %+v", transport, got)
		}
		if more := got.BytesReceived > got.StreamReceived; more != (transport != PlainTransport) {
			t.Errorf("%s: %d bytes of the network, %d of the stream", transport, got.BytesReceived, got.StreamReceived)
		}
	}
	if n := m.Machines.Sent[1]; n != 6 {
		t.Errorf("%d messages were sent, want 6: %v", n, m.Machines.Sent)
	}
	for i, l := range m.Loops {
		if !l.Responding || l.Connections != 3 {
			t.Errorf("loop %d: %+v", i, l)
		}
	}
	if got := m.BytesReceived; got != m.Transports[0].BytesReceived+m.Transports[1].BytesReceived+m.Transports[2].BytesReceived {
		t.Errorf("%d bytes in all: %+v", got, m.Transports)
	}
	_ = s.Close()
	for i := range m.Transports { // the loops are gone, and what they had at their end is that
		for _, l := range s.loops {
			if got := l.tally.conns[i]; got.open != 0 || got.known != 0 {
				t.Errorf("%s: %+v are left", Transport(i), got)
			}
		}
	}
}

// TestStartTLSChangesTheTransport: a connection is counted where it is now.
func TestStartTLSChangesTheTransport(t *testing.T) {
	s := serveListener(t, Config{Loops: 1, Logger: quiet}, Listener{Kind: C2S, NewMachine: tlsEcho, Certificates: testCerts(t, localhost)}, lines)
	conn := s.dial()
	r := bufio.NewReader(conn)
	send(t, conn, "<open>\nhello\n")
	expect(t, r, "hello")
	if m := s.Metrics(t.Context()); m.Transports[PlainTransport].Connections != 1 {
		t.Errorf("before: %+v", m.Transports)
	}
	send(t, conn, "<starttls>\n")
	expect(t, r, "<proceed>")
	c := tls.Client(conn, clientTLS())
	send(t, c, "<open>\nhello\n")
	expect(t, bufio.NewReader(c), "secured", "hello")
	if m := s.Metrics(t.Context()); m.Transports[PlainTransport].Connections != 0 || m.Transports[TLSTransport].Connections != 1 {
		t.Errorf("after: %+v", m.Transports)
	}
}

// TestALoopThatIsStuckIsTold: the others are heard all the same, and its own figures are those of before.
func TestALoopThatIsStuckIsTold(t *testing.T) {
	held, release := make(chan bool), make(chan bool)
	s := serveListener(t, Config{Loops: 2, Logger: quiet}, Listener{Kind: C2S, NewMachine: func() stream.Machine {
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Element {
				held <- true
				<-release
			}
		})
	}}, lines)
	conn := s.dial()
	send(t, conn, "<open>\nstop\n")
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	m := s.Metrics(ctx)
	if m.Loops[0].Responding == m.Loops[1].Responding {
		t.Errorf("%+v", m.Loops)
	}
	close(release)
	m = s.Metrics(t.Context())
	if !m.Loops[0].Responding || !m.Loops[1].Responding || m.Transports[PlainTransport].Connections != 1 {
		t.Errorf("%+v", m)
	}
}

// TestLookSeesEachMachineOnItsLoop: also a panic there costs nothing.
func TestLookSeesEachMachineOnItsLoop(t *testing.T) {
	s, addresses := observed(t)
	before := time.Now().Add(-tick)
	for kind := range addresses {
		greet(t, addresses[kind], kind)
	}
	seen := make(chan Connection, 10)
	if !s.Look(t.Context(), func(c Connection, m stream.Machine) {
		if m == nil {
			t.Error("no machine")
		}
		seen <- c
	}) {
		t.Error("not all loops have answered")
	}
	close(seen)
	n := 0
	for c := range seen {
		n++
		if c.ID == 0 || c.Received == 0 || c.Sent == 0 || c.Since.Before(before) || c.Heard.Before(c.Since) || c.Since.After(time.Now()) {
			t.Errorf("%+v", c)
		}
	}
	if n != 3 {
		t.Errorf("%d connections", n)
	}
	s.Look(t.Context(), func(Connection, stream.Machine) { panic("look away") })
	if n := s.Stats().Panics; n == 0 {
		t.Error("the panic is not counted")
	}
	greet(t, addresses[C2S], C2S)
	_ = s.Close()
	if s.Look(t.Context(), func(Connection, stream.Machine) {}) {
		t.Error("a closed server answers")
	}
}

// TestLagOfTicks is the histogram: a time is in the bucket whose bound is above it.
func TestLagOfTicks(t *testing.T) {
	var y tally
	for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, 3 * time.Microsecond, 5 * time.Millisecond, time.Hour} {
		y.late(d)
	}
	for i, want := range map[int]uint64{0: 2, 1: 1, 2: 1, 13: 1, LagBuckets - 1: 1} {
		if y.lag.Count[i] != want {
			t.Errorf("bucket %d has %d, want %d", i, y.lag.Count[i], want)
		}
	}
	if y.lagged != time.Hour || y.lag.Sum != time.Hour+5*time.Millisecond+4*time.Microsecond {
		t.Errorf("%v at most, %v in all", y.lagged, y.lag.Sum)
	}
}

// TestCompressionIsCountedOnBothSides: bytes of the stream are those before compression.
func TestCompressionIsCountedOnBothSides(t *testing.T) {
	s := serveListener(t, Config{Loops: 1, Logger: quiet}, Listener{Kind: C2S, NewMachine: compressing(nil), Certificates: testCerts(t, localhost)}, lines)
	conn := s.dial()
	c := compressed(t, conn)
	text := strings.Repeat("x", 4000)
	c.send(t, text+"\n")
	expect(t, c.r, text)
	m := s.Metrics(t.Context()).Transports[PlainTransport]
	if m.StreamReceived < 4000 || m.StreamSent < 4000 || m.BytesReceived > 1000 || m.BytesSent > 1000 {
		t.Errorf("%+v", m)
	}
}
