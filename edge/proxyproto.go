package edge

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"
)

// The PROXY protocol tells who is behind a proxy: https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, cited by its sections.
const (
	proxyV1Max    = 107       // §2.1, with the CRLF
	proxyV2Max    = 16 + 2048 // our bound for the TLVs, §2.2
	proxyV2Prefix = 16
)

var proxyV2Signature = []byte("\r\n\r\n\x00\r\nQUIT\n")

// parseProxy reads the header at the beginning of p. With n = 0 and ok it is not complete yet. addr is the zero value when the proxy
// speaks for itself (LOCAL, UNKNOWN), or for a kind of peer that has no IP address.
func parseProxy(p []byte) (n int, addr netip.AddrPort, ok bool) {
	switch {
	case len(p) == 0:
		return 0, addr, true
	case p[0] == proxyV2Signature[0]:
		return parseProxyV2(p)
	}
	return parseProxyV1(p)
}

// parseProxyV1 reads the text form, §2.1.
func parseProxyV1(p []byte) (n int, addr netip.AddrPort, ok bool) {
	const start = "PROXY "
	if head := p[:min(len(p), len(start))]; string(head) != start[:len(head)] {
		return 0, addr, false
	}
	end := bytes.IndexByte(p[:min(len(p), proxyV1Max)], '\n')
	switch {
	case end < 0:
		return 0, addr, len(p) < proxyV1Max
	case end == 0 || p[end-1] != '\r':
		return 0, addr, false
	}
	words := bytes.Split(p[len(start):max(len(start), end-1)], []byte{' '})
	if string(words[0]) == "UNKNOWN" {
		return end + 1, addr, true
	}
	if len(words) != 5 {
		return 0, addr, false
	}
	source, okSource := proxyAddr(string(words[0]), words[1], words[3])
	_, okDestination := proxyAddr(string(words[0]), words[2], words[4])
	return end + 1, source, okSource && okDestination
}

// proxyAddr reads an address and a port of a text header.
func proxyAddr(family string, host, port []byte) (a netip.AddrPort, ok bool) {
	ip, err := netip.ParseAddr(string(host))
	if err != nil || ip.Zone() != "" || family == "TCP4" && !ip.Is4() || family == "TCP6" && !ip.Is6() || family != "TCP4" && family != "TCP6" {
		return a, false
	}
	number, err := strconv.ParseUint(string(port), 10, 16)
	if err != nil || len(port) > 1 && port[0] == '0' {
		return a, false
	}
	return netip.AddrPortFrom(ip, uint16(number)), true
}

// parseProxyV2 reads the binary form, §2.2.
func parseProxyV2(p []byte) (n int, addr netip.AddrPort, ok bool) {
	if head := p[:min(len(p), len(proxyV2Signature))]; !bytes.Equal(head, proxyV2Signature[:len(head)]) {
		return 0, addr, false
	}
	if len(p) > 12 && p[12]>>4 != 2 || len(p) > 12 && p[12]&0xf > 1 {
		return 0, addr, false
	}
	if len(p) < proxyV2Prefix {
		return 0, addr, true
	}
	n = proxyV2Prefix + int(binary.BigEndian.Uint16(p[14:]))
	switch {
	case n > proxyV2Max:
		return 0, addr, false
	case len(p) < n:
		return 0, addr, true
	case p[12]&0xf == 0: // LOCAL: the rest is to be skipped
		return n, addr, true
	}
	return proxyV2Addr(p[13], p[proxyV2Prefix:n], n)
}

// proxyV2Addr reads the addresses of a binary header of n bytes.
func proxyV2Addr(family byte, p []byte, n int) (int, netip.AddrPort, bool) {
	var none netip.AddrPort
	size := map[byte]int{0x11: 4, 0x21: 16}[family] // TCP over IPv4, TCP over IPv6
	switch {
	case family == 0: // UNSPEC: skipped
		return n, none, true
	case size == 0, len(p) < 2*size+4: // nothing that a TCP proxy could have
		return 0, none, false
	}
	ip, _ := netip.AddrFromSlice(p[:size])
	return n, netip.AddrPortFrom(ip, binary.BigEndian.Uint16(p[2*size:])), true
}

// proxyHeader is the transport of a connection until its PROXY header is complete.
type proxyHeader struct {
	seen []byte
}

func (h *proxyHeader) receive(c *conn, wire []byte) error {
	h.seen = append(h.seen, wire...)
	n, addr, ok := parseProxy(h.seen)
	if !ok {
		c.loop.server.count.proxyFailed.Add(1)
		return ErrProxyHeader
	}
	if n == 0 {
		return nil
	}
	if addr.IsValid() {
		c.address = addr.String()
	}
	if !c.recount(addr.Addr()) {
		return ErrRefused
	}
	c.deadline = 0
	c.start(h.seen[n:])
	return nil
}

// recount counts c under the address that its proxy has told.
func (c *conn) recount(addr netip.Addr) bool {
	s := c.loop.server
	key := s.admission.keyOf(addr)
	if !s.admission.count(key, time.Now()) {
		s.count.refusedAddress.Add(1)
		return false
	}
	c.addr = key
	return true
}

func (h *proxyHeader) seal(_ *conn, dst, _ []byte) ([]byte, error) { return dst, nil }
func (h *proxyHeader) end(_ *conn, dst []byte) []byte              { return dst }
func (h *proxyHeader) abandon()                                    {}
