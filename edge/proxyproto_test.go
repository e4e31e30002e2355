package edge

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// proxyV2 makes a binary header.
func proxyV2(versionCommand, family byte, body string) string {
	head := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), versionCommand, family)
	return string(binary.BigEndian.AppendUint16(head, uint16(len(body)))) + body
}

const (
	v2IPv4 = "\xc0\x00\x02\x01\xcb\x00\x71\x05\x13\x88\x14\x66"
	v2IPv6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02" + "\x13\x88\x14\x66"
)

var proxyHeaders = []struct {
	name, header, addr string
	ok                 bool
}{
	{"v1 TCP4", "PROXY TCP4 192.0.2.1 203.0.113.5 5000 5222\r\n", "192.0.2.1:5000", true},
	{"v1 TCP6", "PROXY TCP6 2001:db8::1 2001:db8::2 5000 5222\r\n", "[2001:db8::1]:5000", true},
	{"v1 UNKNOWN", "PROXY UNKNOWN\r\n", "", true},
	{"v1 UNKNOWN with more", "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "", true},
	{"v1 longest", "PROXY UNKNOWN " + strings.Repeat("x", 107-16) + "\r\n", "", true},
	{"v1 too long", "PROXY UNKNOWN " + strings.Repeat("x", 107-15) + "\r\n", "", false},
	{"v1 endless", "PROXY TCP4 " + strings.Repeat("1", 200), "", false},
	{"v1 LF", "PROXY TCP4 192.0.2.1 203.0.113.5 5000 5222\n", "", false},
	{"v1 family", "PROXY TCP4 2001:db8::1 2001:db8::2 5000 5222\r\n", "", false},
	{"v1 mapped", "PROXY TCP4 ::ffff:192.0.2.1 203.0.113.5 5000 5222\r\n", "", false},
	{"v1 UDP4", "PROXY UDP4 192.0.2.1 203.0.113.5 5000 5222\r\n", "", false},
	{"v1 zone", "PROXY TCP6 fe80::1%eth0 2001:db8::2 5000 5222\r\n", "", false},
	{"v1 port", "PROXY TCP4 192.0.2.1 203.0.113.5 65536 5222\r\n", "", false},
	{"v1 port zeros", "PROXY TCP4 192.0.2.1 203.0.113.5 05000 5222\r\n", "", false},
	{"v1 port sign", "PROXY TCP4 192.0.2.1 203.0.113.5 +500 5222\r\n", "", false},
	{"v1 two spaces", "PROXY TCP4  192.0.2.1 203.0.113.5 5000 5222\r\n", "", false},
	{"v1 few", "PROXY TCP4 192.0.2.1 203.0.113.5 5000\r\n", "", false},
	{"v1 many", "PROXY TCP4 192.0.2.1 203.0.113.5 5000 5222 1\r\n", "", false},
	{"v1 nothing", "PROXY \r\n", "", false},
	{"v1 case", "proxy TCP4 192.0.2.1 203.0.113.5 5000 5222\r\n", "", false},
	{"XML", "<?xml version='1.0'?>", "", false},
	{"v2 TCP4", proxyV2(0x21, 0x11, v2IPv4), "192.0.2.1:5000", true},
	{"v2 TCP6", proxyV2(0x21, 0x21, v2IPv6), "[2001:db8::1]:5000", true},
	{"v2 TLV", proxyV2(0x21, 0x11, v2IPv4+"\x04\x00\x03abc"), "192.0.2.1:5000", true},
	{"v2 LOCAL", proxyV2(0x20, 0x00, ""), "", true},
	{"v2 LOCAL with addresses", proxyV2(0x20, 0x11, v2IPv4), "", true},
	{"v2 UNSPEC", proxyV2(0x21, 0x00, "whatever"), "", true},
	{"v2 longest", proxyV2(0x21, 0x11, v2IPv4+strings.Repeat("x", 2048-12)), "192.0.2.1:5000", true},
	{"v2 too long", proxyV2(0x21, 0x11, v2IPv4+strings.Repeat("x", 2049-12)), "", false},
	{"v2 short", proxyV2(0x21, 0x11, v2IPv4[:11]), "", false},
	{"v2 short TCP6", proxyV2(0x21, 0x21, v2IPv6[:35]), "", false},
	{"v2 UDP", proxyV2(0x21, 0x12, v2IPv4), "", false},
	{"v2 unix", proxyV2(0x21, 0x31, strings.Repeat("\x00", 216)), "", false},
	{"v2 version 1", proxyV2(0x11, 0x11, v2IPv4), "", false},
	{"v2 command 2", proxyV2(0x22, 0x11, v2IPv4), "", false},
	{"v2 signature", "\r\n\r\n\x00\r\nQUIT\r", "", false},
}

// TestParseProxy reads each header whole, with more behind it, and at every length before: it is never complete too early, and
// what is refused is refused by its end.
func TestParseProxy(t *testing.T) {
	for _, h := range proxyHeaders {
		t.Run(h.name, func(t *testing.T) {
			n, addr, ok := parseProxy([]byte(h.header + "<stream"))
			if ok != h.ok || ok && n != len(h.header) || ok && h.addr == "" && addr.IsValid() || h.addr != "" && addr.String() != h.addr {
				t.Errorf("%d of %d bytes, %v, %v", n, len(h.header), addr, ok)
			}
			for cut := range len(h.header) {
				n, _, ok := parseProxy([]byte(h.header[:cut]))
				if n != 0 || h.ok && !ok {
					t.Fatalf("cut at %d: %d bytes, %v", cut, n, ok)
				}
			}
		})
	}
}

// teller tells who connects.
func teller() stream.Machine {
	plain := echo()
	return stepFunc(func(in *stream.Input, out *stream.Output) {
		if in.Kind == stream.Opened {
			out.Buf = append(append(out.Buf, in.Peer.Address...), '\n')
		}
		plain.Step(in, out)
	})
}

func serveProxy(t *testing.T, config Config) *testServer {
	return serveListener(t, config, Listener{Kind: C2S, NewMachine: teller, ProxyProtocol: true}, lines)
}

func TestProxyProtocol(t *testing.T) {
	s := serveProxy(t, Config{})
	for _, h := range proxyHeaders {
		c := s.dial()
		_, _ = byByte{c}.Write([]byte(h.header + "hello\n")) // the server may close before the end
		r := bufio.NewReader(c)
		switch {
		case !h.ok:
			if text, _ := io.ReadAll(r); len(text) > 0 {
				t.Errorf("%s: %q", h.name, text)
			}
		case h.addr != "":
			expect(t, r, h.addr, "hello")
		default:
			expect(t, r, c.LocalAddr().String(), "hello")
		}
		_ = c.Close()
	}
	s.empty()
}

// TestProxyTimeout: a proxy that says nothing is gone in time.
func TestProxyTimeout(t *testing.T) {
	s := serveProxy(t, Config{ProxyTimeout: 200 * time.Millisecond})
	c := s.dial()
	send(t, c, "PROXY ")
	_, _ = io.ReadAll(c)
	s.empty()
	if n := s.Stats().Late; n != 1 {
		t.Errorf("%d late", n)
	}
}

// TestProxyAddressLimit: the limits per address hold for whom the proxy names.
func TestProxyAddressLimit(t *testing.T) {
	s := serveProxy(t, Config{MaxPerAddress: 1})
	connect := func(addr string) *bufio.Reader {
		c := s.dial()
		send(t, c, "PROXY TCP4 "+addr+" 203.0.113.5 5000 5222\r\n")
		return bufio.NewReader(c)
	}
	expect(t, connect("192.0.2.1"), "192.0.2.1:5000")
	expect(t, connect("192.0.2.2"), "192.0.2.2:5000")
	if text, _ := io.ReadAll(connect("192.0.2.1")); len(text) > 0 {
		t.Errorf("a second one from there: %q", text)
	}
	s.admission.mu.Lock()
	defer s.admission.mu.Unlock()
	if n := s.admission.per[s.admission.keyOf(netip.MustParseAddr("192.0.2.1"))]; n != 1 {
		t.Errorf("%d counted", n)
	}
}

// TestNoProxyHeaderWithoutAsking: where it is not configured, a header is just bytes.
func TestNoProxyHeaderWithoutAsking(t *testing.T) {
	s := serve(t, Config{}, teller)
	c := s.dial()
	send(t, c, "PROXY TCP4 192.0.2.1 203.0.113.5 5000 5222\r\n")
	expect(t, bufio.NewReader(c), c.LocalAddr().String(), "PROXY TCP4 192.0.2.1 203.0.113.5 5000 5222\r")
}
