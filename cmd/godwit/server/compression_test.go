package server

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// oldClient is a client of 2007: XML by hand, and zlib with one window for the whole stream.
type oldClient struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	w    io.Writer
	z    *zlib.Writer
}

func (c *oldClient) says(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.w, text); err != nil {
		c.t.Fatal(err)
	}
	if c.z != nil {
		if err := c.z.Flush(); err != nil {
			c.t.Fatal(err)
		}
	}
}

// hears reads up to the text, and returns what it has read.
func (c *oldClient) hears(text string) string {
	c.t.Helper()
	var got []byte
	for !bytes.HasSuffix(got, []byte(text)) {
		b, err := c.r.ReadByte()
		if err != nil {
			c.t.Fatalf("%v after %.500q, want %.500q", err, got, text)
		}
		got = append(got, b)
	}
	return string(got)
}

const oldHeader = "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// oldLogin logs alice in over direct TLS, and compresses.
func oldLogin(t *testing.T, s *Server) *oldClient {
	conn, err := tls.Dial("tcp", s.Addr(1).String(), &tls.Config{RootCAs: roots(t, s), ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	c := &oldClient{t: t, conn: conn, r: bufio.NewReader(conn), w: conn}
	c.says(oldHeader)
	if f := c.hears("</stream:features>"); strings.Contains(f, "compression") {
		t.Error("compression is offered before the login")
	}
	c.says("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64.StdEncoding.EncodeToString([]byte("\x00alice\x00secret")) + "</auth>")
	c.hears("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
	c.says(oldHeader)
	if f := c.hears("</stream:features>"); !strings.Contains(f, "<method>zlib</method>") {
		t.Error("compression is not offered: " + f)
	}
	c.says("<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>\n")
	c.hears("<compressed xmlns='http://jabber.org/protocol/compress'/>")
	c.z = zlib.NewWriter(conn)
	c.w = c.z
	c.says(oldHeader)
	z, err := zlib.NewReader(c.r)
	if err != nil {
		t.Fatal(err)
	}
	c.r = bufio.NewReader(z)
	c.hears("</stream:features>")
	c.says("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>old</resource></bind></iq>")
	c.hears("<jid>alice@localhost/old</jid></bind></iq>")
	return c
}

// TestCompression talks with the whole server as an old client does, and as ours does, by both methods.
func TestCompression(t *testing.T) {
	cfg := settings(t)
	cfg.Listen[1].Compression = []string{"godwit-deflate-1", "zlib"}
	s, _ := startServer(t, cfg)
	defer s.Shutdown(t.Context())
	addAlice(t, s)
	old := oldLogin(t, s)
	old.says("<presence/>")
	old.hears("to='alice@localhost'></presence>")
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "Art thou %x not Romeo? ", i*i*i*40503)
	}
	text := b.String()
	for range 5 {
		old.says("<message to='alice@localhost/old' id='m' type='chat'><body>" + text + "</body></message>")
		old.hears("<body>" + text + "</body>")
		old.hears("</message>")
	}
	for _, method := range []string{"zlib", "godwit-deflate-1", ""} {
		ours, err := client.Dial(t.Context(), client.Config{
			JID: jid.MustParse("alice@localhost"), Password: "secret", Mode: client.DirectTLS, SM: true, Resource: "ours",
			Address: s.Addr(1).String(), TLS: &tls.Config{RootCAs: roots(t, s)}, Compression: method,
		})
		if err != nil {
			t.Fatal(method, err)
		}
		if want := method == "zlib" || method == "godwit-deflate-1"; ours.Compressed() != want {
			t.Errorf("%q: compressed %v, want %v", method, !want, want)
		}
		if err := ours.SendXML(t.Context(), "<message to='alice@localhost/old' type='chat'><body>from "+method+text+"</body></message>"); err != nil {
			t.Fatal(err)
		}
		old.hears("<body>from " + method + text + "</body>")
		old.hears("</message>")
		old.says("<message to='alice@localhost/ours' type='chat'><body>back " + text + "</body></message>")
		for {
			st, err := ours.Recv(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(st.String(), "<body>back "+text+"</body>") {
				break
			}
		}
		if err := ours.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	old.says("</stream:stream>")
	old.hears("</stream:stream>")
	// what is no zlib is answered, and closed
	old = oldLogin(t, s)
	io.WriteString(old.conn, "<presence/>")
	if got := old.hears("</stream:stream>"); !strings.Contains(got, "<failure xmlns='http://jabber.org/protocol/compress'><processing-failed/></failure></stream:error>") {
		t.Error(got)
	}
}

// A stanza as long as the configuration allows may be all blanks, and is one compressed byte in a thousand then.
func TestLongStanzaCompressedWell(t *testing.T) {
	cfg := settings(t)
	cfg.Listen[1].Compression = []string{"zlib"}
	cfg.Sessions.MaxStanzaBytes = 1 << 20
	s, _ := startServer(t, cfg)
	defer s.Shutdown(t.Context())
	addAlice(t, s)
	old := oldLogin(t, s)
	old.says("<message to='alice@localhost/old' id='m'><body>" + strings.Repeat(" ", cfg.Sessions.MaxStanzaBytes-200) + "</body></message>")
	old.hears("</message>")
}
