package edge

import (
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
)

// TestTLSBuffersAreKnown: a new Go may keep them elsewhere, which costs memory and nothing else.
func TestTLSBuffersAreKnown(t *testing.T) {
	if !rawInputKnown || !handKnown {
		t.Errorf("rawInput %v, hand %v", rawInputKnown, handKnown)
	}
}

// TestLentBuffers has several TLS connections of one loop send records of all sizes, cut at random places and in turns, so that a
// buffer that was taken back too late, or lent twice, would show another's bytes.
func TestLentBuffers(t *testing.T) {
	const seed = 11
	random := rand.New(rand.NewPCG(seed, seed))
	s := serveTLS(t, Config{Loops: 1, StanzaRate: -1, ByteRate: -1}, C2STLS)
	type client struct {
		*tls.Conn
		raw  *chunked
		want strings.Builder
	}
	var clients []*client
	for range 5 {
		raw := &chunked{Conn: s.dial()}
		c := &client{Conn: tls.Client(raw, clientTLS()), raw: raw}
		send(t, c, "hello\n")
		if _, err := io.ReadFull(c, make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		raw.hold = true
		clients = append(clients, c)
	}
	for range 400 {
		i := random.IntN(len(clients))
		c := clients[i]
		if len(c.raw.held) == 0 && c.want.Len() < 200_000 {
			size := 1 << random.IntN(16)
			line := strings.Repeat(fmt.Sprint(i), 1+random.IntN(size)) + "\n"
			c.want.WriteString(line)
			send(t, c, line)
		}
		c.raw.release(t, 1+random.IntN(1+len(c.raw.held)))
	}
	for i, c := range clients {
		c.raw.release(t, len(c.raw.held))
		got := make([]byte, c.want.Len())
		if _, err := io.ReadFull(c, got); err != nil || string(got) != c.want.String() {
			t.Errorf("seed %d: connection %d got other bytes than it has sent, %v", seed, i, err)
		}
	}
}

// chunked holds back what is written, and sends it when and in the pieces that the test wants.
type chunked struct {
	net.Conn
	hold bool
	held []byte
}

func (c *chunked) Write(p []byte) (int, error) {
	if !c.hold {
		return c.Conn.Write(p)
	}
	c.held = append(c.held, p...)
	return len(p), nil
}

func (c *chunked) release(t *testing.T, n int) {
	t.Helper()
	n = min(n, len(c.held))
	if _, err := c.Conn.Write(c.held[:n]); err != nil {
		t.Fatal(err)
	}
	c.held = c.held[n:]
}
