package edge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// linkServerConfig returns a configuration for links to localhost, with a statement that only linkClientConfig believes.
func linkServerConfig(t testing.TB) *link.ServerConfig {
	t.Helper()
	key, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &link.ServerConfig{
		Static: key,
		Home:   func([]byte) (string, bool) { return "localhost", true },
		Statement: func(domain string) ([]byte, error) {
			if domain != "localhost" {
				return nil, errors.New("not here")
			}
			return []byte("believe me"), nil
		},
	}
}

func linkClientConfig(t testing.TB) link.ClientConfig {
	t.Helper()
	key, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return link.ClientConfig{Domain: "localhost", Static: key, Now: time.Now(), Verify: func(_, statement []byte) (time.Time, error) {
		if string(statement) != "believe me" {
			return time.Time{}, errors.New("another statement")
		}
		return time.Now().Add(time.Hour), nil
	}}
}

// linkClient is the client's end of a link as a net.Conn.
type linkClient struct {
	net.Conn
	session *link.Session
	desk    link.Desk
	in      []byte
	plain   []byte
}

// dialLink makes a link over c.
func dialLink(c net.Conn, cfg link.ClientConfig) (*linkClient, error) {
	h := link.NewClient(cfg)
	lc := &linkClient{Conn: c}
	buf := make([]byte, 4096)
	for {
		n, out, done, err := h.Step(lc.in)
		lc.in = lc.in[n:]
		if _, werr := c.Write(out); werr != nil {
			return nil, werr
		}
		if err != nil {
			return nil, err
		}
		if done {
			lc.session = h.Session()
			return lc, nil
		}
		if n, err = c.Read(buf); err != nil {
			return nil, err
		}
		lc.in = append(lc.in, buf[:n]...)
	}
}

func (c *linkClient) Write(p []byte) (int, error) {
	_, err := c.Conn.Write(c.session.AppendItems(nil, p, &c.desk))
	return len(p), err
}

func (c *linkClient) Read(p []byte) (int, error) {
	buf := make([]byte, 4096)
	for len(c.plain) == 0 {
		n, plain, err := c.session.OpenItems(c.in, &c.desk)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			c.in, c.plain = c.in[n:], bytes.Clone(plain)
			continue
		}
		if n, err = c.Conn.Read(buf); err != nil {
			return 0, err
		}
		c.in = append(c.in, buf[:n]...)
	}
	n := copy(p, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

// linkEcho is echo that tells what it knows of the link.
func linkEcho() stream.Machine {
	var security *stream.Security
	plain := echo()
	return stepFunc(func(in *stream.Input, out *stream.Output) {
		switch {
		case in.Kind == stream.Opened:
			security = in.Security
			if !in.Peer.Link {
				panic("not a link")
			}
		case in.Kind == stream.Element && string(in.Element.Text()) == "security":
			if security.Bindings == nil {
				out.Buf = fmt.Appendf(out.Buf, "%s %s, unbound, %x %v\n", security.Protocol, security.ServerName, security.PeerKey, security.Proven)
				break
			}
			out.Buf = fmt.Appendf(out.Buf, "%s %s %x %x %v\n", security.Protocol, security.ServerName,
				security.Bindings("noise-handshake"), security.PeerKey, security.Proven)
		default:
			plain.Step(in, out)
		}
	})
}

func serveLink(t testing.TB, config Config) (*testServer, *link.ServerConfig) {
	cfg := linkServerConfig(t)
	return serveListener(t, config, Listener{Kind: Link, NewMachine: linkEcho, Link: cfg}, lines), cfg
}

func TestLink(t *testing.T) {
	serverConfig := linkServerConfig(t)
	serverConfig.Statement = func(string) ([]byte, error) { return []byte("believe me"), nil }
	s := serveListener(t, Config{}, Listener{Kind: Link, NewMachine: linkEcho, Link: serverConfig}, lines)
	for _, pattern := range []link.Pattern{link.XX, link.IK, link.XXfallback} {
		for _, slow := range []bool{false, true} {
			t.Run(fmt.Sprint(pattern, slow), func(t *testing.T) {
				cfg := linkClientConfig(t)
				switch pattern {
				case link.IK:
					cfg.ServerKey = serverConfig.Static.Public[:]
				case link.XXfallback:
					cfg.ServerKey = cfg.Static.Public[:] // whatever it is, it is not the server's
				}
				raw := s.dial()
				if slow {
					raw = byByte{raw}
				}
				c, err := dialLink(raw, cfg)
				if err != nil || c.session.Pattern() != pattern {
					t.Fatal(c, err)
				}
				r := bufio.NewReader(c)
				send(t, c, "security\n")
				expect(t, r, fmt.Sprintf("Noise localhost %x %x %v", c.session.HandshakeHash(), cfg.Static.Public, pattern == link.IK))
				send(t, c, "hello\n")
				expect(t, r, "hello")
				big := strings.Repeat("x", 100_000)
				if slow {
					big = big[:1000]
				}
				send(t, c, big+"\n")
				expect(t, r, big)
				send(t, c, "</open>\n")
				expect(t, r, "</open>")
				expectEnd(t, r)
			})
		}
	}
}

// TestLinkRelayed: who only passes on what others say has no key that names a device, and no channel to bind to.
func TestLinkRelayed(t *testing.T) {
	s, serverConfig := serveLink(t, Config{})
	for _, key := range [][]byte{nil, serverConfig.Static.Public[:]} {
		cfg := linkClientConfig(t)
		cfg.ServerKey, cfg.Relay = key, true
		c, err := dialLink(s.dial(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, "security\n")
		expect(t, bufio.NewReader(c), "Noise localhost, unbound,  false")
	}
}

// TestLinkEarlyFrames: frames that come in the same segment as the last message of the handshake are not lost.
func TestLinkEarlyFrames(t *testing.T) {
	s, _ := serveLink(t, Config{})
	raw := s.dial()
	c, err := dialLink(&coalesced{Conn: raw}, linkClientConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	send(t, c, "hello\n") // the second write sends the last handshake message as well
	expect(t, bufio.NewReader(c), "hello")
}

// coalesced holds its second write back and sends it with the third.
type coalesced struct {
	net.Conn
	writes int
	held   []byte
}

func (c *coalesced) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	switch c.writes++; c.writes {
	case 2:
		c.held = bytes.Clone(p)
		return len(p), nil
	case 3:
		_, err := c.Conn.Write(append(c.held, p...))
		return len(p), err
	}
	return c.Conn.Write(p)
}

// TestLinkAnswersToTheFirstFlight: what is said to a first flight is held back until all of it has been seen to, and goes then, in one frame, also when the last job has nothing
// to say; so it is whatever the link lies on, and what can wait does not come in between.
func TestLinkAnswersToTheFirstFlight(t *testing.T) {
	for name, over := range wires {
		serverConfig := linkServerConfig(t)
		serverConfig.Route, serverConfig.Padding = []byte("node-1"), link.PaddingPadme
		serverConfig.Fresh = func([]byte, string, uint64) (ids archiveid.Key, fresh bool) { return ids, true }
		s := serveListener(t, Config{}, Listener{Kind: Link, Link: serverConfig, Certificates: testCerts(t, localhost), NewMachine: func() stream.Machine {
			plain, jobs := echo(), 0
			return stepFunc(func(in *stream.Input, out *stream.Output) {
				switch {
				case in.Kind == stream.Element && jobs < 2:
					jobs++
					out.More = true
					out.Do(func() any { return nil })
				case in.Kind == stream.Room:
					out.Buf = append(out.Buf, "room\n"...)
				}
				plain.Step(in, out)
			})
		}}, lines)
		cfg := linkClientConfig(t)
		cfg.ServerKey, cfg.Early, cfg.IDs = serverConfig.Static.Public[:], []byte("hello\nagain\n"), new(archiveid.Key)
		cfg.Route, cfg.Padding = []byte("node-2"), link.PaddingPadme
		c, err := dialLink(over(t, s.dial()), cfg)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		frame := make([]byte, 100)
		n, err := c.Read(frame)
		if got := string(frame[:n]); err != nil || got != "hello\nagain\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		r := bufio.NewReader(c)
		expect(t, r, "room")
		send(t, c, "more\n")
		expect(t, r, "more")
	}
}

// TestLinkFrameHoldsTooMuch: a frame that holds more than it may is refused before it is unpacked whole, and the peer is told; what it may hold meets the other limits.
func TestLinkFrameHoldsTooMuch(t *testing.T) {
	s, _ := serveLink(t, Config{})
	for _, test := range []struct {
		known bool
		size  int
		want  string
	}{
		{false, frameRoom + codec.PreAuthLimits.Bytes - 1000, "line too long"},
		{false, frameRoom + codec.PreAuthLimits.Bytes, errFrame.Reason},
		{true, frameRoom + codec.DefaultLimits.Bytes - 1000, "line too long"},
		{true, frameRoom + codec.DefaultLimits.Bytes, errFrame.Reason},
	} {
		c, err := dialLink(s.dial(), linkClientConfig(t))
		if err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(c)
		if test.known {
			send(t, c, "x\n")
			expect(t, r, "x")
		}
		var b codec.Builder
		item := compact.Encoder{}.AppendElement(nil, b.Start(atom.NSClient, atom.Body).Text(strings.Repeat("i", test.size)).Element())
		if _, err := c.Write(item); err != nil {
			t.Fatal(err)
		}
		if line, err := r.ReadString('\n'); !strings.Contains(line, test.want) {
			t.Errorf("known: %v, %d bytes: %q, %v; want %q", test.known, test.size, line, err, test.want)
		}
	}
}

// TestLinkFirstFlightEnds: its answers wait for each other no longer when the client goes on to talk, or when they are many.
func TestLinkFirstFlightEnds(t *testing.T) {
	for _, test := range []struct{ early, then, want string }{
		{"slow\n", "more\n", "slow"},
		{"quick\nsilent\n", "", "quick"},
	} {
		t.Run(test.want, func(t *testing.T) {
			release := make(chan bool)
			serverConfig := linkServerConfig(t)
			serverConfig.Fresh = func([]byte, string, uint64) (ids archiveid.Key, fresh bool) { return ids, true }
			s := serveListener(t, Config{SoftMark: 100}, Listener{Kind: Link, Link: serverConfig, NewMachine: func() stream.Machine {
				plain := echo()
				return stepFunc(func(in *stream.Input, out *stream.Output) {
					text := ""
					if in.Kind == stream.Element {
						text = string(in.Element.Text())
					}
					if text != "silent" {
						plain.Step(in, out)
					}
					switch in.Kind {
					case stream.Element:
						out.Do(func() any {
							if text != "quick" {
								<-release
							}
							return nil
						})
					case stream.Result:
						out.Buf = append(out.Buf, strings.Repeat("much\n", 21)...)
					}
				})
			}}, lines)
			defer close(release)
			cfg := linkClientConfig(t)
			cfg.ServerKey, cfg.Early, cfg.IDs = serverConfig.Static.Public[:], []byte(test.early), new(archiveid.Key)
			c, err := dialLink(s.dial(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			send(t, c, test.then)
			expect(t, bufio.NewReader(c), test.want)
		})
	}
}

// TestLinkKeepalive: keepalives cost nothing, get no answer, and do not take the place of a login.
func TestLinkKeepalive(t *testing.T) {
	s, _ := serveLink(t, Config{StrangerBytes: 1000})
	c, err := dialLink(s.dial(), linkClientConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	if _, err := c.Conn.Write(make([]byte, 900)); err != nil {
		t.Fatal(err)
	}
	send(t, c, "x\n")
	expect(t, r, "x")
	if _, err := c.Conn.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	send(t, c, "y\n")
	expect(t, r, "y")

	if c, err = dialLink(s.dial(), linkClientConfig(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Conn.Write(make([]byte, 1001)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(c.Conn)
}

// TestLinkRefused: the client hears why.
func TestLinkRefused(t *testing.T) {
	s, serverConfig := serveLink(t, Config{LingerTimeout: 50 * time.Millisecond})
	cfg := linkClientConfig(t)
	cfg.Domain = "elsewhere"
	var refusal *link.Refusal
	if _, err := dialLink(s.dial(), cfg); !errors.As(err, &refusal) {
		t.Errorf("another domain: %v", err)
	}
	cfg = linkClientConfig(t)
	cfg.ServerKey = bytes.Clone(serverConfig.Static.Public[:])
	cfg.ServerKey[0] ^= 1
	if _, err := dialLink(s.dial(), cfg); !errors.As(err, &refusal) || refusal.Reason != link.UseXX {
		t.Errorf("another key: %v", err)
	}
	c := s.dial()
	send(t, c, "GET / HTTP/1.1\r\n")
	_, _ = io.ReadAll(c)
	s.empty()
	if n := s.Stats().HandshakesFailed; n != 3 {
		t.Errorf("%d failed handshakes counted", n)
	}
}

func TestLinkDeadline(t *testing.T) {
	s, _ := serveLink(t, Config{HandshakeTimeout: 200 * time.Millisecond})
	c := s.dial()
	send(t, c, "\xF7GWL")
	_, _ = io.ReadAll(c)
	s.empty()
	if n := s.Stats().Late; n != 1 {
		t.Errorf("%d deadlines", n)
	}
}

// TestLinkBadFrame: a frame that was changed on the way ends the link.
func TestLinkBadFrame(t *testing.T) {
	s, _ := serveLink(t, Config{})
	c, err := dialLink(s.dial(), linkClientConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	frame := c.session.AppendItems(nil, []byte("hello\n"), &c.desk)
	frame[len(frame)-1] ^= 1
	if _, err := c.Conn.Write(frame); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(c.Conn); len(got) > 0 {
		t.Errorf("an answer: %q", got)
	}
	s.empty()
}
