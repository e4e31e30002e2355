package edge

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// A wire makes of a connection what a link can lie on.
type wire func(t testing.TB, c net.Conn) net.Conn

// wires are all that a port of either kind takes.
var wires = map[string]wire{
	"tcp":                  func(_ testing.TB, c net.Conn) net.Conn { return c },
	"tls":                  overTLS(linkProtocol),
	"tls without ALPN":     overTLS(),
	"websocket":            overWebSocket,
	"websocket in tls":     func(t testing.TB, c net.Conn) net.Conn { return overWebSocket(t, overTLS("h2", httpProtocol)(t, c)) },
	"websocket, no ALPN":   func(t testing.TB, c net.Conn) net.Conn { return overWebSocket(t, overTLS()(t, c)) },
	"websocket, one byte":  func(t testing.TB, c net.Conn) net.Conn { return overWebSocket(t, c).(*webSocketClient).inFrames(1) },
	"websocket, fragments": func(t testing.TB, c net.Conn) net.Conn { return overWebSocket(t, c).(*webSocketClient).inFrames(7) },
}

func overTLS(protocols ...string) wire {
	return func(_ testing.TB, c net.Conn) net.Conn {
		cfg := clientTLS()
		cfg.NextProtos = protocols
		return tls.Client(c, cfg)
	}
}

func overWebSocket(t testing.TB, c net.Conn) net.Conn {
	t.Helper()
	_, _ = c.Write(upgradeRequest("Sec-WebSocket-Protocol: other, " + webSocketProtocol))
	w := &webSocketClient{Conn: c, r: bufio.NewReader(c)}
	response, err := http.ReadResponse(w.r, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Sec-WebSocket-Protocol") != webSocketProtocol {
		t.Errorf("%+v, %v", response, err)
	}
	return w
}

func upgradeRequest(headers ...string) []byte {
	r := "GET /link HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
	for _, h := range headers {
		r += h + "\r\n"
	}
	return []byte(r + "\r\n")
}

// webSocketClient sends each write as a message, of fragments with pings between when there is a size.
type webSocketClient struct {
	net.Conn
	r    *bufio.Reader
	size int
	left []byte
}

func (w *webSocketClient) inFrames(size int) net.Conn {
	w.size = size
	return w
}

func (w *webSocketClient) Write(p []byte) (int, error) {
	var wire bytes.Buffer
	if w.size == 0 || len(p) <= w.size {
		_ = ws.WriteFrame(&wire, ws.MaskFrame(ws.NewBinaryFrame(bytes.Clone(p))))
	} else {
		kind := ws.OpBinary
		for part := range slicesChunk(p, w.size) {
			_ = ws.WriteFrame(&wire, ws.MaskFrame(ws.NewFrame(kind, false, bytes.Clone(part))))
			kind = ws.OpContinuation
			if wire.Len()%5 == 0 {
				_ = ws.WriteFrame(&wire, ws.MaskFrame(ws.NewPingFrame([]byte("?"))))
			}
		}
		_ = ws.WriteFrame(&wire, ws.MaskFrame(ws.NewFrame(ws.OpContinuation, true, nil)))
	}
	_, err := w.Conn.Write(wire.Bytes())
	return len(p), err
}

func slicesChunk(p []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for ; len(p) > 0; p = p[min(n, len(p)):] {
			if !yield(p[:min(n, len(p))]) {
				return
			}
		}
	}
}

func (w *webSocketClient) Read(p []byte) (int, error) {
	for len(w.left) == 0 {
		f, err := ws.ReadFrame(w.r)
		switch {
		case err != nil:
			return 0, err
		case f.Header.OpCode == ws.OpClose:
			return 0, io.EOF
		case f.Header.OpCode == ws.OpBinary:
			w.left = f.Payload
		}
	}
	n := copy(p, w.left)
	w.left = w.left[n:]
	return n, nil
}

// serveEverything opens a port of a kind that takes the link in whatever way.
func serveEverything(t testing.TB, config Config, kind Kind, origins ...string) *testServer {
	t.Helper()
	machine := linkEcho
	return serveListener(t, config, Listener{
		Kind: kind, NewMachine: machine, Link: linkServerConfig(t), Certificates: testCerts(t, localhost), Origins: origins,
	}, lines)
}

// TestLinkCarried: the link goes over each wire, at each kind of port.
func TestLinkCarried(t *testing.T) {
	for _, kind := range []Kind{Link, C2STLS} {
		s := serveEverything(t, Config{}, kind)
		for name, over := range wires {
			t.Run(kind.String()+"/"+name, func(t *testing.T) {
				cfg := linkClientConfig(t)
				c, err := dialLink(over(t, s.dial()), cfg)
				if err != nil {
					t.Fatal(err)
				}
				r := bufio.NewReader(c)
				send(t, c, "security\n")
				expect(t, r, fmt.Sprintf("Noise localhost %x %x false", c.session.HandshakeHash(), cfg.Static.Public))
				send(t, c, "hello\n")
				expect(t, r, "hello")
				big := strings.Repeat("x", 100_000)
				if w, ok := c.Conn.(*webSocketClient); ok && w.size > 0 {
					big = big[:1000]
				}
				for range 3 {
					send(t, c, big+"\n")
					expect(t, r, big)
				}
				send(t, c, "</open>\n")
				expect(t, r, "</open>")
				expectEnd(t, r)
			})
		}
	}
}

// TestSharedPort: a port for everything still speaks XML to those who want that, with and without its name, and to nobody at a port for the link.
func TestSharedPort(t *testing.T) {
	s := serveListener(t, Config{}, Listener{
		Kind: C2STLS, NewMachine: tlsEcho, Link: linkServerConfig(t), Certificates: testCerts(t, localhost),
	}, lines)
	for _, protocols := range [][]string{nil, {xmppProtocol}, {xmppProtocol, linkProtocol}} {
		cfg := clientTLS()
		if cfg.NextProtos = protocols; len(protocols) == 2 {
			continue // the server would rather have the link
		}
		c := tls.Client(s.dial(), cfg)
		send(t, c, "hello\n")
		expect(t, bufio.NewReader(c), "hello")
	}
	s = serveEverything(t, Config{LingerTimeout: 50 * time.Millisecond}, Link)
	if err := overTLS(xmppProtocol)(t, s.dial()).(*tls.Conn).Handshake(); err == nil {
		t.Error("XML at a port for the link")
	}
	c := overTLS()(t, s.dial())
	send(t, c, "hello\n")
	_, _ = io.ReadAll(c)
	s.empty()
}

// TestLinkWithoutCertificates: a port for the link that has none takes no TLS.
func TestLinkWithoutCertificates(t *testing.T) {
	s, _ := serveLink(t, Config{LingerTimeout: 50 * time.Millisecond})
	if err := overTLS(linkProtocol)(t, s.dial()).(*tls.Conn).Handshake(); err == nil {
		t.Error("TLS without certificates")
	}
	s.empty()
}

// openWebSocket is a WebSocket without a link, and what it reads from.
func openWebSocket(t *testing.T, s *testServer) (net.Conn, *bufio.Reader) {
	t.Helper()
	w := overWebSocket(t, s.dial()).(*webSocketClient)
	return w.Conn, w.r
}

// expectClose wants the server to close with a code.
func expectClose(t *testing.T, r *bufio.Reader, code ws.StatusCode) {
	t.Helper()
	f, err := ws.ReadFrame(r)
	if err != nil || f.Header.OpCode != ws.OpClose || len(f.Payload) < 2 {
		t.Fatalf("%+v, %v; want close %d", f, err, code)
	}
	if got := ws.StatusCode(binary.BigEndian.Uint16(f.Payload)); got != code {
		t.Errorf("closed with %d, want %d", got, code)
	}
	if rest, _ := io.ReadAll(r); len(rest) > 0 {
		t.Errorf("%q behind the close", rest)
	}
}

// TestWebSocketFrames: what RFC 6455 forbids, and what is not for us, is answered with its code.
func TestWebSocketFrames(t *testing.T) {
	s := serveEverything(t, Config{LingerTimeout: 50 * time.Millisecond}, Link)
	masked := func(head ...byte) []byte { return append(head, 1, 2, 3, 4) }
	long := func(n uint64) []byte { return masked(binary.BigEndian.AppendUint64([]byte{0x82, 0xFF}, n)...) }
	frame := func(f ws.Frame) []byte { return ws.MustCompileFrame(ws.MaskFrame(f)) }
	body := func(p ...byte) []byte { return p }
	for name, test := range map[string]struct {
		send []byte
		code ws.StatusCode
	}{
		"text":                        {frame(ws.NewTextFrame([]byte("hi"))), ws.StatusUnsupportedData},
		"not masked":                  {ws.MustCompileFrame(ws.NewBinaryFrame([]byte("hi"))), ws.StatusProtocolError},
		"reserved bit":                {masked(0xC2, 0x80), ws.StatusProtocolError},
		"reserved kind of data":       {masked(0x83, 0x80), ws.StatusProtocolError},
		"reserved kind of control":    {masked(0x8B, 0x80), ws.StatusProtocolError},
		"continuation of nothing":     {masked(0x80, 0x80), ws.StatusProtocolError},
		"message within a message":    {append(masked(0x02, 0x80), masked(0x82, 0x80)...), ws.StatusProtocolError},
		"ping in fragments":           {masked(0x09, 0x80), ws.StatusProtocolError},
		"ping of 126 bytes":           {masked(0x89, 0xFE, 0, 126), ws.StatusProtocolError},
		"long form of a short length": {masked(0x82, 0xFE, 0, 125), ws.StatusProtocolError},
		"longest form, 65,535 bytes":  {long(1<<16 - 1), ws.StatusProtocolError},
		"one byte too many":           {long(frameMax + 1), ws.StatusMessageTooBig},
		"2⁶³ bytes":                   {long(1 << 63), ws.StatusMessageTooBig},
		"2⁶⁴ − 1 bytes":               {long(1<<64 - 1), ws.StatusMessageTooBig},
		"close":                       {frame(ws.NewCloseFrame(body(0x03, 0xE9))), ws.StatusGoingAway},
		"close without a code":        {frame(ws.NewCloseFrame(nil)), ws.StatusNormalClosure},
		"close of an application":     {frame(ws.NewCloseFrame(body(0x0F, 0xA1, 'x'))), 4001},
		"close with half a code":      {frame(ws.NewCloseFrame(body(0x03))), ws.StatusProtocolError},
		"close with 1005":             {frame(ws.NewCloseFrame(body(0x03, 0xED))), ws.StatusProtocolError},
		"close with 999":              {frame(ws.NewCloseFrame(body(0x03, 0xE7))), ws.StatusProtocolError},
		"close with bad UTF-8":        {frame(ws.NewCloseFrame(body(0x03, 0xE8, 0xFF))), ws.StatusProtocolError},
	} {
		t.Run(name, func(t *testing.T) {
			c, r := openWebSocket(t, s)
			send(t, c, string(test.send))
			expectClose(t, r, test.code)
			c, r = openWebSocket(t, s)
			send(t, byByte{c}, string(test.send))
			expectClose(t, r, test.code)
		})
	}
	s.empty()
}

// TestWebSocketPing: pings are answered with what they hold, before and between the bytes of the link; pongs are not.
func TestWebSocketPing(t *testing.T) {
	s := serveEverything(t, Config{}, Link)
	c, r := openWebSocket(t, s)
	for _, text := range []string{"", "hello", strings.Repeat("x", 125)} {
		send(t, byByte{c}, string(ws.MustCompileFrame(ws.MaskFrame(ws.NewPongFrame([]byte("not asked"))))))
		send(t, byByte{c}, string(ws.MustCompileFrame(ws.MaskFrame(ws.NewPingFrame([]byte(text))))))
		if f, err := ws.ReadFrame(r); err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != text {
			t.Fatalf("%+v, %v", f, err)
		}
	}
	send(t, c, "\x82\x84\x00\x00\x00\x00\xF7GWX") // no link
	expectClose(t, r, ws.StatusNormalClosure)
	c, r = openWebSocket(t, s)
	ping := string(ws.MustCompileFrame(ws.MaskFrame(ws.NewPingFrame(make([]byte, 125)))))
	_, _ = io.WriteString(c, strings.Repeat(ping, overheadMax/len(ping)+1))
	_, _ = io.ReadAll(r) // who only pings is gone
	s.empty()
}

// upgrade sends a request and returns the answer's status, 0 when there is none.
func upgradeStatus(s *testServer, request []byte) int {
	c := s.dial()
	defer c.Close()
	_, _ = c.Write(request)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	return response.StatusCode
}

// TestUpgradeRefused: a request that is not ours is told why, as soon as that shows.
func TestUpgradeRefused(t *testing.T) {
	s := serveEverything(t, Config{LingerTimeout: 50 * time.Millisecond}, Link, "https://app.example.org")
	without := func(header string) []byte {
		at := bytes.Index(upgradeRequest(), []byte(header))
		end := at + bytes.Index(upgradeRequest()[at:], []byte("\r\n")) + 2
		return append(upgradeRequest()[:at], upgradeRequest()[end:]...)
	}
	for name, test := range map[string]struct {
		request []byte
		status  int
	}{
		"good":                 {upgradeRequest(), 101},
		"with a query":         {bytes.Replace(upgradeRequest(), []byte("/link"), []byte("/link?x=1"), 1), 101},
		"another path":         {[]byte("GET /links"), 404},
		"the root":             {[]byte("GET / "), 404},
		"no method of ours":    {[]byte("GEX"), 404},
		"HTTP/1.0":             {bytes.Replace(upgradeRequest(), []byte("HTTP/1.1"), []byte("HTTP/1.0"), 1), 505},
		"no host":              {without("Host"), 400},
		"no upgrade":           {without("Upgrade"), 400},
		"no connection":        {without("Connection"), 400},
		"no key":               {without("Sec-WebSocket-Key"), 400},
		"no version":           {without("Sec-WebSocket-Version"), 400},
		"another version":      {bytes.Replace(upgradeRequest(), []byte("Version: 13"), []byte("Version: 8"), 1), 426},
		"other protocols":      {upgradeRequest("Sec-WebSocket-Protocol: xmpp"), 400},
		"compression":          {upgradeRequest("Sec-WebSocket-Extensions: permessage-deflate"), 101},
		"a page of ours":       {upgradeRequest("Origin: https://app.example.org"), 101},
		"a page of others":     {upgradeRequest("Origin: https://example.org"), 403},
		"origin in lower case": {upgradeRequest("origin: https://example.org"), 403},
		"huge header":          {append(upgradeRequest()[:len(upgradeRequest())-2], []byte("X: "+strings.Repeat("x", requestMax))...), 431},
		"many headers":         {upgradeRequest(strings.Repeat("X: y\r\n", requestMax/6) + "X: y"), 431},
	} {
		if got := upgradeStatus(s, test.request); got != test.status {
			t.Errorf("%s: %d, want %d", name, got, test.status)
		}
	}
	if got := upgradeStatus(serveEverything(t, Config{}, Link, "*"), upgradeRequest("Origin: null")); got != 101 {
		t.Errorf("any page: %d", got)
	}
	s.empty()
}

// TestUpgradeLongest: a request of just the most bytes is taken.
func TestUpgradeLongest(t *testing.T) {
	s := serveEverything(t, Config{}, Link)
	for more, status := range []int{101, 431} {
		fill := strings.Repeat("x", requestMax-len(upgradeRequest("X: "))+more)
		if got := upgradeStatus(s, upgradeRequest("X: "+fill)); got != status {
			t.Errorf("%d bytes more than allowed: %d", more, got)
		}
	}
}

// TestUpgradeHostile: wherever the request is cut, or changed, the connection ends or goes on, and nothing of it stays.
func TestUpgradeHostile(t *testing.T) {
	s := serveEverything(t, Config{HandshakeTimeout: 200 * time.Millisecond, LingerTimeout: 50 * time.Millisecond}, Link)
	request := upgradeRequest("Origin: https://example.org")
	for cut := range len(request) {
		c := s.dial()
		send(t, c, string(request[:cut]))
		_ = c.Close()
	}
	s.empty()
	request = upgradeRequest()
	conns := make([]net.Conn, 0, 2*len(request))
	for at := range request {
		for _, flip := range []byte{0x01, 0x80} {
			changed := bytes.Clone(request)
			changed[at] ^= flip
			c := s.dial()
			_, _ = c.Write(changed)
			conns = append(conns, c)
		}
	}
	for _, c := range conns {
		if got, _ := io.ReadAll(c); len(got) > 0 && !bytes.HasPrefix(got, []byte("HTTP/1.1 ")) && !bytes.HasPrefix(got, []byte("\x00\x00")) {
			t.Errorf("%q", got)
		}
		_ = c.Close()
	}
	s.empty()
	if n := s.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
}

// TestUpgradeSlow: who sends its request slowly has no more time for it, in clear and in TLS.
func TestUpgradeSlow(t *testing.T) {
	s := serveEverything(t, Config{HandshakeTimeout: 300 * time.Millisecond}, C2STLS)
	for _, over := range []wire{wires["tcp"], overTLS()} {
		c := over(t, s.dial())
		send(t, c, "GET /link HTTP/1.1\r\nX: ")
		go func() {
			for err := error(nil); err == nil; time.Sleep(20 * time.Millisecond) {
				_, err = c.Write([]byte("x"))
			}
		}()
		_, _ = io.ReadAll(c)
	}
	s.empty()
	if n := s.Stats().Late; n != 2 {
		t.Errorf("%d were late", n)
	}
}
