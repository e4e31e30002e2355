package edge

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// compressing is tlsEcho with compression for "<compress>", whose job for "slow" waits for release.
func compressing(release <-chan bool) func() stream.Machine {
	return func() stream.Machine {
		plain := tlsEcho()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			text := ""
			if in.Kind == stream.Element {
				text = string(in.Element.Text())
			}
			switch {
			case text == "<compress>":
				out.LoggedIn()
				out.SetLimits(&codec.DefaultLimits)
				out.Buf = append(out.Buf, "<compressed>\n"...)
				out.Compress("zlib")
				out.Restart()
			case text == "slow":
				out.Do(func() any { <-release; return text })
			case in.Kind == stream.Header:
				out.SendHeader(in.Element)
			case in.Kind == stream.Result:
				f := lineFrame(in.Result.(string))
				out.SendFrame(f)
				f.Release()
			default:
				plain.Step(in, out)
			}
		})
	}
}

// zlibClient is an old client: it compresses with a window that lasts as long as the stream.
type zlibClient struct {
	conn net.Conn
	z    *zlib.Writer
	w    bytes.Buffer
	r    *bufio.Reader
}

// compressed makes a client whose stream is compressed. "<open>" is sent and answered.
func compressed(t *testing.T, conn net.Conn) *zlibClient {
	t.Helper()
	c := &zlibClient{conn: conn}
	c.z = zlib.NewWriter(&c.w)
	send(t, conn, "<compress>\n")
	plain := bufio.NewReaderSize(conn, 16)
	expect(t, plain, "<compressed>")
	if plain.Buffered() > 0 {
		t.Error("the server has begun to compress before the client's header")
	}
	c.send(t, "<open>\n")
	z, err := zlib.NewReader(conn)
	if err != nil {
		t.Fatal(err)
	}
	c.r = bufio.NewReader(z)
	expect(t, c.r, "<open>")
	return c
}

// wire returns text as it goes on the wire, up to a flush.
func (c *zlibClient) wire(text string) []byte {
	io.WriteString(c.z, text)
	c.z.Flush()
	p := bytes.Clone(c.w.Bytes())
	c.w.Reset()
	return p
}

func (c *zlibClient) send(t *testing.T, text string) {
	t.Helper()
	send(t, c.conn, string(c.wire(text)))
}

func TestCompression(t *testing.T) {
	for _, kind := range []Kind{C2S, C2STLS} {
		for _, size := range []int{1, 3, 1 << 20} {
			t.Run(fmt.Sprint(kind, " in pieces of ", size), func(t *testing.T) {
				release := make(chan bool)
				s := serveListener(t, Config{}, Listener{Kind: kind, NewMachine: compressing(release), Certificates: testCerts(t, localhost)}, lines)
				conn := s.dial()
				if kind == C2STLS {
					conn = tls.Client(conn, clientTLS())
				}
				c := compressed(t, conn)
				big := strings.Repeat("many words ", 4000)
				for p := c.wire("hello\nhello\nslow\nworld\n" + big + "\nslow\n" + big + "\n</open>\n"); len(p) > 0; p = p[min(size, len(p)):] {
					send(t, c.conn, string(p[:min(size, len(p))]))
				}
				expect(t, c.r, "hello", "hello")
				release <- true
				expect(t, c.r, "slow", "world", big)
				release <- true
				expect(t, c.r, "slow", big, "</open>")
				_ = conn.Close()
				s.empty()
			})
		}
	}
}

// TestCompressionInjection: what a peer sends behind its request is taken as compressed, and as plain text it is the end.
func TestCompressionInjection(t *testing.T) {
	s := serve(t, Config{}, compressing(nil))
	for _, cut := range []int{0, 3} {
		c := s.dial()
		r := bufio.NewReader(c)
		request := "<compress>\n<open>\nhello\n"
		send(t, c, request[:len(request)-cut])
		expect(t, r, "<compressed>")
		if p, err := io.ReadAll(r); err != nil || bytes.Contains(p, []byte("hello")) {
			t.Errorf("%q, %v", p, err)
		}
	}
	s.empty()
	// what is compressed already is what it seems
	c := s.dial()
	client := &zlibClient{conn: c}
	client.z = zlib.NewWriter(&client.w)
	send(t, c, "<compress>\n"+string(client.wire("<open>\nhello\n")))
	plain := bufio.NewReaderSize(c, 16)
	expect(t, plain, "<compressed>")
	z, err := zlib.NewReader(plain)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, bufio.NewReader(z), "<open>", "hello")
}

// TestCompressionBombs: a peer whose bytes become too many is closed, and they are not.
func TestCompressionBombs(t *testing.T) {
	s := serve(t, Config{InflateBurst: 50_000, InflateRatio: 10}, compressing(nil))
	c := compressed(t, s.dial())
	c.send(t, strings.Repeat("x", 40_000)+"\n")
	expect(t, c.r, strings.Repeat("x", 40_000))
	c.send(t, strings.Repeat("x", 40_000)+"\n")
	if line, err := c.r.ReadString('\n'); err == nil {
		t.Errorf("after 80,000 bytes: %d bytes came back", len(line))
	}
	s.empty()
}

// TestCompressedRate: the rate of a peer is that of the stream, not of the wire.
func TestCompressedRate(t *testing.T) {
	s := serve(t, Config{ByteRate: 100_000, ByteBurst: 100_000}, compressing(nil))
	c := compressed(t, s.dial())
	line := strings.Repeat("x", 10_000) + "\n"
	c.send(t, strings.Repeat(line, 12)) // 120 kB, by less than 1 kB of the wire
	for range 12 {
		if got, err := c.r.ReadString('\n'); err != nil || got != line {
			t.Fatal(len(got), err)
		}
	}
	if n := s.Stats().Throttled; n == 0 {
		t.Error("the peer was not read more slowly")
	}
}

// TestCompressedRateAfterTheEnd: what is still held when the peer is gone keeps to the rate, since it may become very much. It was all decoded at once.
func TestCompressedRateAfterTheEnd(t *testing.T) {
	var mu sync.Mutex
	lines := 0
	s := serve(t, Config{ByteRate: 200_000, ByteBurst: 20_000}, func() stream.Machine {
		m := compressing(nil)()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Element && len(in.Element.Text()) == 10_000 {
				mu.Lock()
				lines++
				mu.Unlock()
				return // an answer would meet a closed socket
			}
			m.Step(in, out)
		})
	})
	c := compressed(t, s.dial())
	c.send(t, strings.Repeat(strings.Repeat("x", 10_000)+"\n", 20))
	if err := c.conn.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "all lines are decoded", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return lines == 20
	})
	if n := s.Stats().Throttled; n < 5 {
		t.Errorf("the peer was read more slowly %d times", n)
	}
	s.empty()
}
