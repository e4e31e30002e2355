package edge

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/panjf2000/gnet/v2"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestManyConnections echoes over thousands of connections at once; the number of goroutines does not depend on theirs.
func TestManyConnections(t *testing.T) {
	n := fewer(2000)
	s := serve(t, Config{}, echo)
	before := runtime.NumGoroutine()
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = s.dial()
	}
	for round := range 3 {
		for i, c := range conns {
			send(t, c, fmt.Sprintf("%d %d\n", round, i))
		}
		for i, c := range conns {
			want := fmt.Sprintf("%d %d\n", round, i)
			got := make([]byte, len(want))
			if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
				t.Fatalf("%q, %v; want %q", got, err, want)
			}
		}
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines with %d connections, %d before", now, n, before)
	}
	for _, c := range conns {
		_ = c.Close()
	}
	s.empty()
}

// churned is raised by hand for a longer look.
var churned = flag.Int("edge.churn", fewer(4000), "connections in TestChurn")

// fewer is for what the race detector makes slow.
func fewer(n int) int {
	if raced {
		return n / 8
	}
	return n
}

// TestChurn opens and closes connections in all the ways that clients have, of all kinds: nothing may stay.
func TestChurn(t *testing.T) {
	s := serveTLS(t, Config{}, C2S)
	linkConfig := linkServerConfig(t)
	addr := map[Kind]string{
		C2S:    s.addr,
		C2STLS: s.listen(Listener{Kind: C2STLS, NewMachine: tlsEcho, Certificates: testCerts(t, localhost)}, lines),
		Link:   s.listen(Listener{Kind: Link, NewMachine: linkEcho, Link: linkConfig}, lines),
	}
	before := runtime.NumGoroutine()
	times := map[Kind]int{C2S: *churned, C2STLS: *churned / 20, Link: *churned / 20}
	for kind, n := range times {
		var wg sync.WaitGroup
		var next atomic.Int64
		for range 8 {
			wg.Go(func() {
				for i := next.Add(1); i <= int64(n); i = next.Add(1) {
					churn(t, kind, addr[kind], int(i))
				}
			})
		}
		wg.Wait()
	}
	s.empty()
	until(t, "goroutines are as before", func() bool { return runtime.NumGoroutine() <= before })
	st := s.Stats()
	if st.Accepted != st.Ended+st.RefusedBusy+st.Vanished || st.Panics+st.InboxFull+st.EnrollFailed > 0 {
		t.Errorf("%+v", st)
	}
	for _, l := range s.loops {
		if l.open() != 0 || l.known != (roll{}) || l.strangers != (roll{}) || l.wheel.armed != 0 {
			t.Errorf("a loop has %d connections, %d armed", l.open(), l.wheel.armed)
		}
	}
}

// churn is one connection, with one of several ends.
func churn(t *testing.T, kind Kind, addr string, i int) {
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = raw.Close() }()
	_ = raw.SetDeadline(time.Now().Add(patience))
	if i%7 == 0 {
		return // without a word
	}
	c := clientOver(t, raw, kind)
	if _, err := io.WriteString(c, "hello\n"); err != nil {
		t.Error(err)
		return
	}
	if _, err := io.ReadFull(c, make([]byte, len("hello\n"))); err != nil {
		t.Error(err)
	}
	switch i % 4 {
	case 0: // an orderly end
		_, _ = io.WriteString(c, "</open>\n")
		_, _ = io.ReadAll(c)
	case 1: // a reset
		_ = raw.(*net.TCPConn).SetLinger(0)
	case 2: // in the middle of an element
		_, _ = io.WriteString(c, "half of")
	}
}

// stanza is what a client sends and gets in measurements.
const stanza = `<message to="juliet@example.com/balcony" type="chat" id="c5f1a3"><body>Art thou not Romeo, and a Montague?</body></message>`

// fakeConn is a gnet connection that has p to read and takes everything.
type fakeConn struct {
	gnet.Conn
	context any
	p       []byte
	wrote   []byte
}

func (f *fakeConn) Context() any             { return f.context }
func (f *fakeConn) Next(int) ([]byte, error) { return f.p, nil }
func (f *fakeConn) Write(p []byte) (int, error) {
	f.wrote = append(f.wrote[:0], p...)
	return len(p), nil
}
func (f *fakeConn) OutboundBuffered() int { return 0 }
func (f *fakeConn) RemoteAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)} }

// bareLoop returns a loop without gnet, for the calls that gnet would make, and a connection on it.
func bareLoop(t testing.TB, k Kind, code coding, machine stream.Machine) (*loop, *conn, *fakeConn) {
	config := Config{ByteRate: -1, StanzaRate: -1, Logger: quiet}.withDefaults()
	s := &Server{config: config, log: quiet, admission: newAdmission(&config), began: time.Now()}
	l := &loop{server: s, plain: make([]byte, 16<<10)}
	l.inbox.limit, l.inbox.wake = config.InboxSize, func() {}
	c := &conn{loop: l, listener: &listener{Listener: Listener{Kind: k, NewMachine: func() stream.Machine { return machine }}, coding: code, linkCoding: code}}
	f := &fakeConn{context: c}
	return l, c, f
}

// router answers an element with a copy to itself by mail, as a router would: received, framed, posted, sent.
type router struct{ self stream.Mailbox }

func (r *router) Step(in *stream.Input, out *stream.Output) {
	switch in.Kind {
	case stream.Opened:
		r.self = in.Mailbox
		out.LoggedIn()
	case stream.Element:
		f := codec.NewFrame()
		f.Encode(out.Encoder, in.Element)
		r.self.Post(stream.Mail{Frame: f})
	case stream.Delivery:
		out.SendFrame(in.Mail.Frame)
	}
}

// routed prepares a plain connection on which call makes a stanza go in and come out.
func routed(t testing.TB) (call func(), f *fakeConn) {
	l, _, f := bareLoop(t, C2S, xmlCoding, &router{})
	l.OnOpen(f)
	f.p = []byte(`<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="example.com" version="1.0">`)
	l.OnTraffic(f)
	whole := []byte(stanza)
	buf := make([]byte, len(whole))
	return func() {
		copy(buf, whole) // poisoned after the last time
		f.p = buf
		l.OnTraffic(f)
	}, f
}

// TestNoAllocation: a stanza comes in and leaves on the plain path without a heap allocation, in one piece and in two.
func TestNoAllocation(t *testing.T) {
	call, f := routed(t)
	call()
	if !bytes.Equal(bytes.ReplaceAll(f.wrote, []byte("'"), []byte(`"`)), []byte(stanza)) {
		t.Fatalf("%s\nwant\n%s", f.wrote, stanza)
	}
	if raced {
		return // sync.Pool forgets on purpose
	}
	if n := testing.AllocsPerRun(1000, call); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRoute(b *testing.B) {
	call, _ := routed(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(stanza)))
	for b.Loop() {
		call()
	}
}

// TestNoAllocationOnLink is the same for sealed frames.
func TestNoAllocationOnLink(t *testing.T) {
	var desk link.Desk
	client, server := linkSessions(t)
	l, c, f := bareLoop(t, Link, compactCoding, &router{})
	c.gc = f
	l.add(c)
	c.transport = &linkConn{session: server}
	l.enter()
	c.open(nil)
	l.leave()
	header, message := compactStanzas()
	f.p = client.AppendItems(nil, header, &desk)
	l.OnTraffic(f)
	var frame []byte
	call := func() {
		frame = client.AppendItems(frame[:0], message, &desk)
		f.p = frame
		l.OnTraffic(f)
	}
	call()
	if n, plain, err := client.OpenItems(f.wrote, &desk); err != nil || n != len(f.wrote) || !bytes.Equal(plain, message) {
		t.Fatalf("%d of %d bytes, %q, %v; want %q", n, len(f.wrote), plain, err, message)
	}
	if raced {
		return
	}
	if n := testing.AllocsPerRun(1000, call); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// linkSessions makes a link in memory.
func linkSessions(t testing.TB) (client, server *link.Session) {
	t.Helper()
	c, s := link.NewClient(linkClientConfig(t)), link.NewServer(linkServerConfig(t))
	var toServer, toClient []byte
	for round := 0; ; round++ {
		n, out, clientDone, err := c.Step(toClient)
		if err != nil {
			t.Fatal(err)
		}
		toClient, toServer = toClient[n:], append(toServer, out...)
		n, out, serverDone, err := s.Step(toServer)
		if err != nil {
			t.Fatal(err)
		}
		toServer, toClient = toServer[n:], append(toClient, out...)
		if clientDone && serverDone {
			return c.Session(), s.Session()
		}
		if round > 5 {
			t.Fatal("no end")
		}
	}
}

// compactStanzas returns a stream header and the message of stanza in compact coding.
func compactStanzas() (header, message []byte) {
	enc := compactCoding.encoder
	var b codec.Builder
	header = enc.AppendOpen(nil, b.Start(atom.NSStreams, atom.Stream).Attr(atom.To, "example.com").Element())
	message = enc.AppendElement(nil, b.Start(atom.NSClient, atom.Message).Attr(atom.To, "juliet@example.com/balcony").Attr(atom.Type, "chat").
		Attr(atom.ID, "c5f1a3").Start(atom.NSClient, atom.Body).Text("Art thou not Romeo, and a Montague?").End().Element())
	return header, message
}

// BenchmarkEcho is a stanza over loopback and back, with the kernel's part and a client's.
func BenchmarkEcho(b *testing.B) {
	for _, kind := range []Kind{C2S, C2STLS, Link} {
		b.Run(kind.String(), func(b *testing.B) {
			s := serveListener(b, Config{StanzaRate: -1, ByteRate: -1}, Listener{
				Kind: kind, NewMachine: answering, Certificates: testCerts(b, localhost), Link: linkServerConfig(b),
			}, codingOf(kind))
			c := clientOver(b, s.dial(), kind)
			all, answer := greeting(codingOf(kind).encoder)
			got := make([]byte, len(answer))
			exchange := func(p []byte) {
				if _, err := c.Write(p); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c, got); err != nil {
					b.Fatal(err)
				}
			}
			exchange(all)
			for b.Loop() {
				exchange(answer)
			}
		})
	}
}

// BenchmarkPost is mail from another goroutine to a loop that sleeps, and its answer: a wake of the loop and one of a goroutine.
func BenchmarkPost(b *testing.B) {
	boxes, done := make(chan stream.Mailbox, 1), make(chan bool)
	s := serve(b, Config{Loops: 1}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, _ *stream.Output) {
			switch in.Kind {
			case stream.Opened:
				boxes <- in.Mailbox
			case stream.Delivery:
				done <- true
			}
		})
	})
	s.dial()
	box := <-boxes
	b.ReportAllocs()
	for b.Loop() {
		box.Post(stream.Mail{})
		<-done
	}
}
