package server

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// flights counts how often the client has to wait for an answer: what it writes without having read in between is one flight.
type flights struct {
	net.Conn
	n     int
	heard bool
}

func (f *flights) Write(p []byte) (int, error) {
	if f.n == 0 || f.heard {
		f.n, f.heard = f.n+1, false
	}
	return f.Conn.Write(p)
}

func (f *flights) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	f.heard = f.heard || n > 0
	return n, err
}

// returning is a client of its own that logs in by SASL2 over direct TLS.
type returning struct {
	t     *testing.T
	wire  *flights
	conn  *tls.Conn
	r     *bufio.Reader
	cache tls.ClientSessionCache
	h     int // how many stanzas it has got
}

func (c *returning) dial(s *Server) {
	raw, err := net.Dial("tcp", s.Addr(1).String())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = raw.Close() })
	c.wire = &flights{Conn: raw}
	c.conn = tls.Client(c.wire, &tls.Config{
		RootCAs: roots(c.t, s), ServerName: "localhost", NextProtos: []string{"xmpp-client"}, ClientSessionCache: c.cache,
	})
	if err := c.conn.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.r = bufio.NewReader(c.conn)
}

// end closes the connection, and the server.
func (c *returning) end(s *Server) {
	_ = c.conn.Close()
	if err := s.Shutdown(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

const streamStart = "<?xml version='1.0'?><stream:stream from='alice@localhost' to='localhost' version='1.0' xmlns='jabber:client'" +
	" xmlns:stream='http://etherx.jabber.org/streams'>"

func (c *returning) say(text string) {
	if _, err := c.conn.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// hear reads up to the end of an element.
func (c *returning) hear(end string) string {
	var b strings.Builder
	for !strings.HasSuffix(b.String(), end) {
		p, err := c.r.ReadByte()
		if err != nil {
			c.t.Fatalf("%v, after %s", err, b.String())
		}
		b.WriteByte(p)
	}
	for _, stanza := range []string{"<message ", "<presence ", "<iq "} {
		c.h += strings.Count(b.String(), stanza)
	}
	return b.String()
}

func authenticate(mechanism string, message []byte, inline string) string {
	return "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='" + mechanism + "'><initial-response>" + base64.StdEncoding.EncodeToString(message) +
		"</initial-response><user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>" + inline + "</authenticate>"
}

func (c *returning) find(pattern, text string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		c.t.Fatalf("no %s in %s", pattern, text)
	}
	return m[1]
}

// TestReturningInThreeRoundTrips: one for TCP, one for a TLS session that is resumed, one for the rest: header, login by a token, a stream that is resumed, and
// what the client has missed. The server was restarted each time.
func TestReturningInThreeRoundTrips(t *testing.T) {
	settings := settings(t)
	s, _ := startServer(t, settings)
	addAlice(t, s)
	c := &returning{t: t, cache: tls.NewLRUClientSessionCache(2)}
	c.dial(s)
	c.say(streamStart)
	version := c.find(`<config-version[^>]* value='([^']*)'`, c.hear("</stream:features>"))
	const mechanism = "HT-SHA-256-EXPR"
	c.say(authenticate("PLAIN", []byte("\x00alice\x00secret"), "<request-token xmlns='urn:xmpp:fast:0' mechanism='"+mechanism+"'/>"+
		"<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind>"))
	success := c.hear("</stream:features>")
	token, id := c.find(`<token [^>]*token='([^']*)'`, success), c.find(`<enabled [^>]*id='([^']*)'`, success)
	c.say("<presence/>")
	c.hear("<presence ")
	c.end(s)
	for _, what := range []string{"after a restart", "and once more"} {
		s, _ := startServer(t, settings)
		write(t, s, what)
		c.dial(s)
		state := c.conn.ConnectionState()
		data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
		if err != nil {
			t.Fatal(err)
		}
		x, err := sasl.NewTokenClient(mechanism, "alice", token, sasl.ClientConfig{TLS: true, ChannelBindings: []sasl.ChannelBinding{{Type: sasl.TLSExporter, Data: data}}})
		if err != nil {
			t.Fatal(err)
		}
		message, _, _ := x.Step(nil)
		c.say(streamStart + authenticate(mechanism, message, "<fast xmlns='urn:xmpp:fast:0'/><resume xmlns='urn:xmpp:sm:3' previd='"+id+"' h='"+strconv.Itoa(c.h)+"'/>"+
			"<config-version xmlns='urn:xmpp:iap:0' scheme='opaque' value='"+version+"'/>"))
		success := c.hear("</success>")
		proof, _ := base64.StdEncoding.DecodeString(c.find(`<additional-data>([^<]*)<`, success))
		if err := x.Success(proof); err != nil || !strings.Contains(success, "<resumed ") {
			t.Errorf("%s: %v, %s", what, err, success)
		}
		if got := c.hear("</message>"); strings.Count(got, "<message ") != 1 || !strings.Contains(got, "<body>"+what+"</body>") {
			t.Errorf("%s: got %s", what, got)
		}
		if trips := 1 + c.wire.n; !state.DidResume || trips != 3 { // 1 for TCP itself
			t.Errorf("%s: the session was resumed: %v; %d round trips, want 3", what, state.DidResume, trips)
		}
		c.end(s)
	}
}

// write sends a message to the account from another client of it.
func write(t *testing.T, s *Server, body string) {
	t.Helper()
	c := login(t, s, 1, client.DirectTLS)
	id, err := c.Message(t.Context(), jid.MustParse("alice@localhost"), body)
	if err == nil {
		err = c.WaitAcked(t.Context(), id)
	}
	if err == nil {
		err = c.Close(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestOurClientComesBackByToken: with a resumption, and no password, after a restart of the server.
func TestOurClientComesBackByToken(t *testing.T) {
	for i, mode := range []client.Mode{client.StartTLS, client.DirectTLS} {
		settings := settings(t)
		s, _ := startServer(t, settings)
		addAlice(t, s)
		cfg := client.Config{
			JID: jid.MustParse("alice@localhost"), Password: "secret", Resource: "phone", Mode: mode, TLS: &tls.Config{RootCAs: roots(t, s)},
			SASL2: true, AgentID: "d4565fa7-4d72-4749-b3d3-740edbf87770", Resume: true, NeedBinding: true,
		}
		for round := range 3 {
			cfg.Address = s.Addr(i).String()
			c, err := client.Dial(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(c.JID().Resource(), "phone/") || c.Resumed() != (round > 0) {
				t.Errorf("%s, resumed: %v", c.JID(), c.Resumed())
			}
			if round == 0 {
				if err = c.Presence(t.Context()); err == nil {
					_, err = c.Recv(t.Context())
				}
			}
			body := ""
			for err == nil && round > 0 && body == "" { // behind presence
				var got *client.Stanza
				if got, err = c.Recv(t.Context()); err == nil {
					body = got.Body()
				}
			}
			if err != nil || round > 0 && body != strconv.Itoa(round) {
				t.Fatal(body, err)
			}
			cfg.Password, cfg.Resumption = "", c.Resumption()
			c.Abort()
			if err := s.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			s, _ = startServer(t, settings)
			write(t, s, strconv.Itoa(round+1))
		}
	}
}
