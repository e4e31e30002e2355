package sidecar

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// patience is how long a test waits for what must come: only a failure takes it.
const patience = time.Minute

const clientHeader = "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// far is a server behind a link: it says what it hears.
type far struct {
	edge    *edge.Server
	address string
	key     link.Key
	roots   *x509.CertPool
	chain   tls.Certificate

	mu    sync.Mutex
	heard []string // how streams have ended: "footer", "closed"
}

// echo is its machine.
type echo struct {
	far    *far
	footer bool
}

// Step implements stream.Machine.
func (m *echo) Step(in *stream.Input, out *stream.Output) {
	switch in.Kind {
	case stream.Header:
		out.LoggedIn()
		out.SetLimits(&codec.Limits{Bytes: 8 << 20, Depth: 1_000})
		out.SendHeader(out.Build().Start(atom.NSStreams, atom.Stream).Attr(atom.ID, "far").Attr(atom.Version, "1.0").Element())
	case stream.Element:
		if in.Element.Is(atom.NSClient, atom.Message) && string(in.Element.Attr(atom.Type)) == "hang up" {
			out.Send(in.Element)
			out.Close() // without an end of the stream
			return
		}
		out.Send(in.Element)
	case stream.Footer:
		m.footer = true
		out.SendFooter()
		out.Close()
	case stream.Closed:
		m.far.note(m.footer)
	}
}

func (f *far) note(footer bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how := "cut"
	if footer {
		how = "ended"
	}
	f.heard = append(f.heard, how)
}

// endedAs waits until so many streams have ended, and returns how the last one did.
func (f *far) endedAs(t *testing.T, n int) string {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		f.mu.Lock()
		heard := f.heard
		f.mu.Unlock()
		if len(heard) >= n {
			return heard[n-1]
		}
	}
	t.Fatal("the server has not heard of the end")
	return ""
}

// newFar starts a server, on an address or a new one.
func newFar(t *testing.T) *far {
	t.Helper()
	f := &far{roots: x509.NewCertPool()}
	chain, key, err := edge.SelfSigned(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	f.roots.AppendCertsFromPEM(chain)
	if f.chain, err = tls.X509KeyPair(chain, key); err != nil {
		t.Fatal(err)
	}
	if f.key, err = link.NewKey(nil); err != nil {
		t.Fatal(err)
	}
	f.start(t, "127.0.0.1:0")
	return f
}

// start serves at an address.
func (f *far) start(t *testing.T, address string) {
	t.Helper()
	var err error
	if f.edge, err = edge.New(edge.Config{Logger: slog.New(slog.DiscardHandler), ByteRate: -1, StanzaRate: -1, Loops: 1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.edge.Close() })
	at, err := f.edge.Listen(edge.Listener{
		Kind: edge.Link, Address: address, NewMachine: func() stream.Machine { return &echo{far: f} },
		Link: &link.ServerConfig{Static: f.key, Dictionary: pack.Dictionary(), Statement: func(domain string) ([]byte, error) {
			if domain != "localhost" {
				return nil, io.EOF
			}
			return link.SignStatement(&f.chain, f.key.Public[:], time.Now().Add(-time.Hour), time.Now().Add(time.Hour), nil)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.address = at.String()
}

// near is a sidecar.
type near struct {
	address string
	server  *Server
	stop    func() // and waits for its end
	log     *logged
}

// logged is a log that can be looked at.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// has waits until the log has a text.
func (l *logged) has(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		l.mu.Lock()
		all := l.b.String()
		l.mu.Unlock()
		if strings.Contains(all, text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nothing of %q in\n%s", text, all)
		}
	}
}

// newNear starts a sidecar to f; without TLS unless change adds it.
func newNear(t *testing.T, f *far, change func(cfg *Config)) *near {
	t.Helper()
	n := &near{log: new(logged)}
	cfg := Config{
		Address: f.address, Roots: f.roots, Keys: filepath.Join(t.TempDir(), "keys"),
		Log: slog.New(slog.NewTextHandler(n.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.address, n.server = l.Addr().String(), New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.server.Serve(ctx, l) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the sidecar does not end")
		}
	})
	t.Cleanup(n.stop)
	return n
}

// person is a client.
type person struct {
	net.Conn
	dec     *xmltext.Decoder
	scratch codec.Scratch
	buf     []byte
	rest    []byte
}

func dial(t *testing.T, address string) *person {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return &person{Conn: c, dec: xmltext.NewDecoder(&codec.Limits{}), buf: make([]byte, 32<<10)}
}

// login opens the stream.
func (p *person) login(t *testing.T) *person {
	t.Helper()
	p.say(t, clientHeader)
	if ev, _ := p.next(t); ev != codec.EventOpen {
		t.Fatalf("event %v, want a header", ev)
	}
	return p
}

func (p *person) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		t.Fatal(err)
	}
}

// next returns the next event, EventNone at the end of the connection.
func (p *person) next(t *testing.T) (codec.Event, codec.Element) {
	t.Helper()
	for {
		for len(p.rest) > 0 {
			n, ev, err := p.dec.Decode(p.rest, &p.scratch)
			if err != nil {
				t.Fatal(err)
			}
			if p.rest = p.rest[n:]; ev != codec.EventNone {
				return ev, p.scratch.Tree.Root()
			}
		}
		n, err := p.Read(p.buf)
		if n == 0 && err == io.EOF {
			return codec.EventNone, codec.Element{}
		}
		if n == 0 {
			t.Fatal(err)
		}
		p.rest = p.buf[:n]
	}
}

// hears wants the next element to be so.
func (p *person) hears(t *testing.T, want string) {
	t.Helper()
	ev, e := p.next(t)
	if ev != codec.EventElement {
		t.Fatalf("event %v, want %.200s", ev, want)
	}
	if got := string(xmltext.Encoder{}.AppendElement(nil, e)); got != want {
		t.Fatalf("heard %.200s\nwant %.200s", got, want)
	}
}

// ends wants the connection to end, with an end of the stream or without one.
func (p *person) ends(t *testing.T, orderly bool) {
	t.Helper()
	ev, _ := p.next(t)
	if orderly != (ev == codec.EventClose) {
		t.Fatalf("event %v, want the end (of the stream: %v)", ev, orderly)
	}
	if orderly {
		if ev, _ = p.next(t); ev != codec.EventNone {
			t.Fatalf("event %v behind the end", ev)
		}
	}
	p.Close()
}
