package network

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// world is a network with somebody who listens at "server", under virtual time.
type world struct {
	*testing.T
	*Network
	net.Listener
	began time.Time
}

// virtual runs f in a world of its own.
func virtual(t *testing.T, p Profile, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, Network: New(p, 1), began: time.Now()}
		defer w.Network.Close()
		var err error
		if w.Listener, err = w.Listen("server"); err != nil {
			t.Fatal(err)
		}
		f(w)
	})
}

// connect makes a connection.
func (w *world) connect() (client, server *Conn) {
	w.Helper()
	a, err := w.Dial(context.Background(), "server")
	if err != nil {
		w.Fatal(err)
	}
	b, err := w.Accept()
	if err != nil {
		w.Fatal(err)
	}
	return a.(*Conn), b.(*Conn)
}

// at wants it to be that time.
func (w *world) at(want time.Duration) {
	w.Helper()
	if got := time.Since(w.began); got != want {
		w.Errorf("it is %v, want %v", got, want)
	}
}

func (w *world) write(c net.Conn, text string) {
	w.Helper()
	if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
		w.Fatalf("wrote %d bytes: %v", n, err)
	}
}

// read wants that text.
func (w *world) read(c net.Conn, want string) {
	w.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c, got); string(got[:n]) != want {
		w.Fatalf("read %q: %v; want %q", got[:n], err, want)
	}
}

// ends wants reading to end like that.
func (w *world) ends(c net.Conn, want error) {
	w.Helper()
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, want) {
		w.Errorf("read %d bytes, %v; want %v", n, err, want)
	}
}

// silent wants nothing to come for a long time.
func (w *world) silent(c net.Conn) {
	w.Helper()
	c.SetReadDeadline(time.Now().Add(time.Hour))
	w.ends(c, os.ErrDeadlineExceeded)
	c.SetReadDeadline(time.Time{})
}

// path is a profile with nothing but a delay.
func path(rtt time.Duration) Profile {
	return Profile{Up: Way{Delay: rtt / 2}, Down: Way{Delay: rtt / 2}}
}

const second = time.Second

func TestHandshakeCostsARoundTrip(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		client, err := w.Dial(w.Context(), "server")
		if err != nil {
			w.Fatal(err)
		}
		w.at(second)
		w.write(client, "hello")
		server, err := w.Accept()
		if err != nil {
			w.Fatal(err)
		}
		w.at(second * 3 / 2)
		w.read(server, "hello")
		w.at(second * 3 / 2)
		w.write(server, "you too")
		w.read(client, "you too")
		w.at(2 * second)
		if read, written := client.(*Conn).Passed(); read != 7 || written != 5 {
			w.Errorf("%d read, %d written", read, written)
		}
	})
}

func TestDelaysOfTheDirections(t *testing.T) {
	virtual(t, Profile{Up: Way{Delay: 3 * second}, Down: Way{Delay: second}}, func(w *world) {
		client, server := w.connect()
		w.at(7 * second)
		w.write(client, "up")
		w.read(server, "up")
		w.at(10 * second)
		w.write(server, "down")
		w.read(client, "down")
		w.at(11 * second)
	})
}

func TestNobodyListens(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		if _, err := w.Dial(w.Context(), "elsewhere"); !errors.Is(err, syscall.ECONNREFUSED) {
			w.Error(err)
		}
		w.at(second)
		if _, err := w.Listen("server"); !errors.Is(err, syscall.EADDRINUSE) {
			w.Error(err)
		}
		if err := w.Listener.Close(); err != nil {
			w.Error(err)
		}
		if err := w.Listener.Close(); !errors.Is(err, net.ErrClosed) {
			w.Error(err)
		}
		if _, err := w.Accept(); !errors.Is(err, net.ErrClosed) {
			w.Error(err)
		}
		if _, err := w.Listen("server"); err != nil {
			w.Error(err)
		}
	})
}

func TestDialEndsWithItsContext(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		ctx, cancel := context.WithTimeout(w.Context(), second/4)
		defer cancel()
		if _, err := w.Dial(ctx, "server"); !errors.Is(err, context.DeadlineExceeded) {
			w.Error(err)
		}
		w.at(second / 4)
	})
}

func TestTheEndComesBehindTheBytes(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		client, server := w.connect()
		w.write(client, "last words")
		if err := client.CloseWrite(); err != nil {
			w.Error(err)
		}
		if _, err := client.Write([]byte("more")); !errors.Is(err, syscall.EPIPE) {
			w.Error(err)
		}
		w.read(server, "last words")
		w.ends(server, io.EOF)
		w.ends(server, io.EOF)
		w.write(server, "answer")
		server.Close()
		w.read(client, "answer")
		w.ends(client, io.EOF)
		client.Close()
		w.ends(client, net.ErrClosed)
		if err := client.Close(); !errors.Is(err, net.ErrClosed) {
			w.Error(err)
		}
		if n := len(w.pairs); n != 0 {
			w.Errorf("%d connections are left", n)
		}
	})
}

func TestResetIsSeen(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		client, server := w.connect()
		w.write(client, "a")
		client.SetLinger(0)
		client.Close()
		w.read(server, "a")
		w.ends(server, syscall.ECONNRESET)
		if _, err := server.Write([]byte("b")); !errors.Is(err, syscall.ECONNRESET) {
			w.Error(err)
		}
	})
	virtual(t, path(second), func(w *world) { // who writes to a closed end
		client, server := w.connect()
		server.Close()
		w.ends(client, io.EOF)
		w.write(client, "are you there?")
		begin := time.Now()
		for err := error(nil); err == nil; _, err = client.Write([]byte{0}) {
			time.Sleep(second / 10)
		}
		if took := time.Since(begin); took != second {
			w.Errorf("told after %v", took)
		}
	})
	virtual(t, path(second), func(w *world) { // from outside, with bytes under way
		client, server := w.connect()
		w.write(client, "lost")
		client.Break(ByReset)
		w.ends(client, syscall.ECONNRESET)
		w.ends(server, syscall.ECONNRESET)
	})
}

func TestBandwidth(t *testing.T) {
	const bytes = 50_000
	p := Profile{
		Up:   Way{Delay: second, Rate: 20_000, Queue: 8 << 10, Header: 40},
		Down: Way{Rate: 1_000_000, Queue: 8 << 10, Header: 40},
	}
	virtual(t, p, func(w *world) {
		client, server := w.connect()
		text := strings.Repeat("x", bytes)
		carry := func(from, to *Conn, way Way) {
			begin := time.Now()
			go io.WriteString(from, text)
			w.read(to, text)
			onWire := bytes + (bytes+packet-1)/packet*way.Header
			rate := float64(onWire) * 8 / (time.Since(begin) - way.Delay).Seconds()
			if off := rate/float64(way.Rate) - 1; off < -0.0001 || off > 0.0001 {
				w.Errorf("%.0f bit/s, of %d", rate, way.Rate)
			}
		}
		carry(client, server, p.Up)
		carry(server, client, p.Down)
	})
}

func TestQueueIsBounded(t *testing.T) {
	virtual(t, Profile{Up: Way{Rate: 8 * packet, Queue: 4 * packet}}, func(w *world) { // a packet a second
		client, _ := w.connect()
		w.write(client, strings.Repeat("x", 5*packet))
		w.at(0)
		w.write(client, strings.Repeat("x", packet)) // waits for a place
		w.at(second)
		client.SetWriteDeadline(time.Now().Add(second / 2))
		n, err := client.Write(make([]byte, packet))
		if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			w.Errorf("wrote %d: %v", n, err)
		}
		w.at(second * 3 / 2)
	})
}

func TestReaderSlowsWriter(t *testing.T) {
	virtual(t, path(second), func(w *world) {
		client, server := w.connect()
		go func() {
			time.Sleep(time.Minute)
			io.CopyN(io.Discard, server, 10)
			time.Sleep(time.Minute)
			w.Network.Close()
		}()
		begin := time.Now()
		n, err := client.Write(make([]byte, 2*window))
		if n < window || n > window+packet || !errors.Is(err, syscall.ECONNRESET) {
			w.Errorf("wrote %d: %v", n, err)
		}
		if took := time.Since(begin); took != 2*time.Minute {
			w.Errorf("waited %v", took)
		}
	})
}

func TestBurst(t *testing.T) {
	virtual(t, Profile{Up: Way{Rate: 8000, Burst: 500, Queue: 1 << 20}}, func(w *world) { // 1000 bytes a second
		client, server := w.connect()
		time.Sleep(10 * second)
		begin := time.Now()
		for n, want := range []time.Duration{0, second / 2, second * 3 / 2} {
			text := strings.Repeat("x", []int{500, 500, 1000}[n])
			w.write(client, text)
			w.read(server, text)
			if got := time.Since(begin); got != want {
				w.Errorf("%d: after %v, want %v", n, got, want)
			}
		}
	})
}
