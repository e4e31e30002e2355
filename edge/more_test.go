package edge

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// pages says a page of many long lines for each "page", one in answer to each Room, and echoes the rest at once.
func pages(count, size int) func() stream.Machine {
	return func() stream.Machine {
		left, plain := 0, linkEcho()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch {
			case in.Kind == stream.Element && string(in.Element.Text()) == "page":
				left += count
				out.More = true
			case in.Kind == stream.Room:
				left--
				out.Buf = fmt.Appendf(out.Buf, "%d %s\n", left, strings.Repeat("p", size))
				out.More = left > 0
			default:
				plain.Step(in, out)
			}
		})
	}
}

// TestMore: a page comes whole, whoever reads it, and others are served meanwhile.
func TestMore(t *testing.T) {
	const count, size = 500, 2000
	s := serveListener(t, Config{Loops: 1}, Listener{Kind: Link, NewMachine: pages(count, size), Link: linkServerConfig(t)}, lines)
	for range 2 {
		c, err := dialLink(s.dial(), linkClientConfig(t))
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, "hello\npage\n")
		r := bufio.NewReader(c)
		expect(t, r, "hello")
		for i := count - 1; i >= 0; i-- {
			expect(t, r, fmt.Sprintf("%d %s", i, strings.Repeat("p", size)))
		}
		send(t, c, "again\n")
		expect(t, r, "again")
	}
}

// TestMoreWaits: while a peer does not read, its machine is asked for no more than what lies in the sockets, and what comes meanwhile is behind that and no
// more than one piece.
func TestMoreWaits(t *testing.T) {
	const count, size, buffer = 600, 1000, 16 << 10
	s := serveListener(t, Config{Loops: 1}, Listener{Kind: Link, NewMachine: pages(count, size), Link: linkServerConfig(t)}, lines)
	raw := s.dial()
	if err := raw.(*net.TCPConn).SetReadBuffer(buffer); err != nil {
		t.Fatal(err)
	}
	c, err := dialLink(raw, linkClientConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReaderSize(c, 16)
	send(t, c, "hello\npage\n")
	expect(t, r, "hello")
	sent := uint64(0)
	until(t, "the sockets are full", func() bool {
		before := sent
		time.Sleep(10 * time.Millisecond)
		sent = s.Stats().BytesSent
		return sent == before
	})
	send(t, c, "live\n")
	got := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "live\n" {
			break
		}
		got += len(line)
	}
	t.Logf("%d bytes of %d were in front of it", got, count*size)
	if most := 8 * (buffer + 16<<10); got > most { // what is in both sockets, by the kernel's own count of it
		t.Errorf("%d bytes in front of a live line, at most %d", got, most)
	}
	if _, err := io.CopyN(io.Discard, r, int64(count*size-got)); err != nil { // the rest comes too
		t.Error(err)
	}
}
