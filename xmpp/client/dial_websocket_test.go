package client

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// pair is a connection with both its ends.
func pair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// webServer answers a request for a WebSocket, sends wire, reads to the end, and returns what it has read.
func webServer(t *testing.T, c net.Conn, answer func(key string) string, wire []byte) <-chan []byte {
	t.Helper()
	got := make(chan []byte, 1)
	go func() {
		defer c.Close()
		r := bufio.NewReader(c)
		request, err := http.ReadRequest(r)
		if err != nil || request.URL.Path != webSocketPath || request.Host != "example.com" {
			t.Errorf("%+v, %v", request, err)
			close(got)
			return
		}
		sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + webSocketGUID))
		_, _ = io.WriteString(c, answer(base64.StdEncoding.EncodeToString(sum[:])))
		for i := range wire { // byte by byte
			if _, err := c.Write(wire[i : i+1]); err != nil {
				break
			}
		}
		all, _ := io.ReadAll(r)
		got <- all
	}()
	return got
}

func agreed(accept string) string {
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept +
		"\r\nSec-WebSocket-Protocol: " + webSocketProtocol + "\r\n\r\n"
}

// TestWebSocketReads: messages of every length, in fragments, with control frames between.
func TestWebSocketReads(t *testing.T) {
	var wire, want []byte
	frame := func(head byte, n int) {
		wire = append(wire, head)
		switch {
		case n < 126:
			wire = append(wire, byte(n))
		case n < 1<<16:
			wire = binary.BigEndian.AppendUint16(append(wire, 126), uint16(n))
		default:
			wire = binary.BigEndian.AppendUint64(append(wire, 127), uint64(n))
		}
		p := bytes.Repeat([]byte{byte(len(want))}, n)
		if wire = append(wire, p...); head&0x8 == 0 {
			want = append(want, p...)
		}
	}
	for _, n := range []int{0, 1, 125, 126, 65535, 65536} {
		frame(0x82, n)
		frame(0x8A, 125) // a pong
	}
	frame(0x02, 3)
	frame(0x89, 4) // a ping
	frame(0x00, 0)
	frame(0x80, 5)
	frame(0x88, 2)
	ours, theirs := pair(t)
	echo := webServer(t, theirs, agreed, wire)
	w, err := openWebSocket(ours, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 1000)
	for {
		n, err := w.Read(buf)
		got = append(got, buf[:n]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	_ = w.Close()
	<-echo
}

// TestWebSocketWrites: what is sent is masked, in messages that are not too long, and a ping is answered with what it holds.
func TestWebSocketWrites(t *testing.T) {
	ours, theirs := pair(t)
	echo := webServer(t, theirs, agreed, []byte("\x89\x02hi\x82\x01x"))
	w, err := openWebSocket(ours, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(w, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	long := bytes.Repeat([]byte("y"), messageMax+1)
	if n, err := w.Write(long); n != len(long) || err != nil {
		t.Fatal(n, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	wire := <-echo
	for _, want := range []struct {
		head    byte
		payload string
	}{{0x8A, "hi"}, {0x82, string(long[1:])}, {0x82, "y"}, {0x88, "\x03\xe8"}} {
		size := int(wire[1] & 0x7F)
		if wire[0] != want.head || wire[1]&0x80 == 0 {
			t.Fatalf("head %x", wire[:2])
		}
		switch wire = wire[2:]; size {
		case 126:
			size, wire = int(binary.BigEndian.Uint16(wire)), wire[2:]
		case 127:
			size, wire = int(binary.BigEndian.Uint64(wire)), wire[8:]
		}
		mask, payload := wire[:4], wire[4:4+size]
		for i := range payload {
			payload[i] ^= mask[i%4]
		}
		if string(payload) != want.payload {
			t.Fatalf("%.40q, want %.40q", payload, want.payload)
		}
		wire = wire[4+size:]
	}
	if len(wire) > 0 {
		t.Errorf("%x behind the end", wire)
	}
}

// TestWebSocketRefusesServers: an answer that is none, and frames that break the rules.
func TestWebSocketRefusesServers(t *testing.T) {
	without := func(what, instead string) func(string) string {
		return func(accept string) string { return strings.Replace(agreed(accept), what, instead, 1) }
	}
	for name, answer := range map[string]func(string) string{
		"another status":    without("101 Switching Protocols", "302 Found"),
		"HTTP/1.0":          without("HTTP/1.1", "HTTP/1.0"),
		"no upgrade":        without("Upgrade: websocket", "X: y"),
		"no connection":     without("Connection: Upgrade", "Connection: close"),
		"another request's": func(string) string { return agreed("AAAA") },
		"another protocol":  without(webSocketProtocol, "xmpp"),
		"extensions":        without("Connection", "Sec-WebSocket-Extensions: permessage-deflate\r\nConnection"),
		"no end":            func(string) string { return "HTTP/1.1 101 X\r\n" + strings.Repeat("X: y\r\n", responseMax) },
		"nonsense":          func(string) string { return "\x15\x03\x01\r\n\r\n" },
	} {
		ours, theirs := pair(t)
		done := webServer(t, theirs, answer, nil)
		if _, err := openWebSocket(ours, "example.com"); err == nil {
			t.Errorf("%s: a WebSocket", name)
		}
		_ = ours.Close()
		<-done
	}
	for _, wire := range []string{
		"\xC2\x00", "\x81\x00", "\x82\x81", "\x80\x00", "\x02\x00\x82\x00", "\x83\x00", "\x8B\x00", "\x09\x00", "\x89\x7E\x00\x7E",
		"\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00",
	} {
		ours, theirs := pair(t)
		done := webServer(t, theirs, agreed, []byte(wire))
		w, err := openWebSocket(ours, "example.com")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.Read(make([]byte, 10)); err != errWebSocket {
			t.Errorf("%x: %d, %v", wire, n, err)
		}
		_ = ours.Close()
		<-done
	}
}
