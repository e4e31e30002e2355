package hostile

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
)

// hostileFrames breaks a link that is made: it ends, and nothing of the frame or behind it is taken (LINK.md §6).
func hostileFrames(t *testing.T, w *world) {
	seal := func(p *peer, plain []byte) []byte {
		c := p.conn.(*linkConn)
		return c.session.AppendItems(nil, plain, &c.desk)
	}
	for _, c := range []struct {
		name  string
		frame func(p *peer) []byte
	}{
		{"a changed tag", func(p *peer) []byte { f := seal(p, toSink("x")); f[len(f)-1] ^= 1; return f }},
		{"a changed byte", func(p *peer) []byte { f := seal(p, toSink("x")); f[5] ^= 0x80; return f }},
		{"a frame that is left out", func(p *peer) []byte { seal(p, toSink("x")); return seal(p, toSink("y")) }},
		{"two frames in the wrong order", func(p *peer) []byte { a := seal(p, toSink("x")); return append(seal(p, toSink("y")), a...) }},
		{"a frame of 1 byte", func(*peer) []byte { return []byte{1, 0} }},
		{"a frame of 16 bytes", func(*peer) []byte { return append([]byte{16}, make([]byte, 16)...) }},
		{"a frame of 65,537 bytes", func(*peer) []byte { return varint(65537) }},
		{"a length that is not the shortest", func(p *peer) []byte { return []byte{0x80, 0x00} }},
		{"a length of four bytes", func(*peer) []byte { return []byte{0xff, 0xff, 0xff, 0xff} }},
		{"our own frame, reflected", func(p *peer) []byte { return append(varint(40), make([]byte, 40)...) }},
	} {
		p, err := w.attacker(linked)
		must(t, err)
		if _, err := p.raw.Write(append(c.frame(p), seal(p, toSink("behind"))...)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if all, err := p.rest(); len(all) > 0 && !all[0].isError || err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the server says %v, %v", c.name, all, err)
		}
		must(t, w.barrier())
		if got, err := w.sink.take(p.jid); err != nil || len(got) > 0 {
			t.Errorf("%s: %d messages arrived (%v)", c.name, len(got), err)
		}
		p.close()
	}
}

// hostileHandshakes cuts the client's side of both handshakes at every byte, and sends garbage.
func hostileHandshakes(t *testing.T, w *world) {
	var jobs [][]byte
	for _, serverKey := range [][]byte{nil, w.static.Public[:]} {
		first, _ := w.handshake(t, serverKey)
		for n := range first {
			jobs = append(jobs, first[:n])
		}
	}
	together(append(jobs, garbage()...), func(b []byte) {
		if err := w.noise(b); err != nil {
			t.Errorf("%x…: %v", b[:min(len(b), 80)], err)
		}
	})
	t.Run("message 3", func(t *testing.T) { w.cutThird(t) })
}

// handshake returns the client's first bytes, and the client.
func (w *world) handshake(t *testing.T, serverKey []byte) ([]byte, *link.Handshake) {
	key, err := link.NewKey(rand.Reader)
	must(t, err)
	h := link.NewClient(link.ClientConfig{
		Domain: domain, Static: key, ServerKey: serverKey, Dictionary: pack.Dictionary(), Now: time.Now(),
		Verify: func(_, _ []byte) (time.Time, error) { return time.Now().Add(time.Hour), nil },
	})
	_, out, _, err := h.Step(nil)
	must(t, err)
	return out, h
}

// garbage is noise of many lengths: from the first byte on, behind the magic, behind a good preamble.
func garbage() (all [][]byte) {
	rng := mrand.New(mrand.NewPCG(7, 7))
	good := append([]byte{0xf7, 'G', 'W', 'L', link.Version, byte(link.XX)}, dictionary()...)
	for n := 1; n < 20_000; n = n*3/2 + 1 {
		noise := make([]byte, n)
		for i := range noise {
			noise[i] = byte(rng.Uint32())
		}
		for cut := range len(good) + 1 {
			all = append(all, append(bytes.Clone(good[:cut]), noise...))
		}
	}
	return all
}

func dictionary() []byte { h := pack.Dictionary(); return h[:] }

// refusalSize is the size of the only thing that a server says to a handshake that fails (LINK.md §4).
const refusalSize = 8

// noise sends b, and wants the end of the connection with at most a refusal.
func (w *world) noise(b []byte) error {
	c, err := net.Dial("tcp", w.addr[linked])
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write(b); err != nil {
		return hungUp(err)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	said, err := io.ReadAll(c)
	if err = hungUp(err); err != nil || len(said) != 0 && len(said) != refusalSize {
		return fmt.Errorf("the server says %x, %v", said, err)
	}
	return nil
}

// cutThird cuts the last message of XX.
func (w *world) cutThird(t *testing.T) {
	for n := 0; ; n++ {
		first, h := w.handshake(t, nil)
		c, err := net.Dial("tcp", w.addr[linked])
		must(t, err)
		c.SetDeadline(time.Now().Add(patience))
		_, err = c.Write(first)
		must(t, err)
		third, err := second(c, h)
		must(t, err)
		if n == len(third) {
			c.Close()
			return
		}
		_, err = c.Write(third[:n])
		must(t, err)
		_ = c.(*net.TCPConn).CloseWrite()
		if said, err := io.ReadAll(c); len(said) != 0 || hungUp(err) != nil {
			t.Errorf("cut at %d: the server says %x, %v", n, said, err)
		}
		c.Close()
	}
}

// second reads the server's message and returns the client's last.
func second(c net.Conn, h *link.Handshake) ([]byte, error) {
	for in, buf := []byte(nil), make([]byte, 4096); ; {
		n, err := c.Read(buf)
		if err != nil {
			return nil, err
		}
		in = append(in, buf[:n]...)
		n, out, done, err := h.Step(in)
		if done || err != nil {
			return out, err
		}
		in = in[n:]
	}
}
