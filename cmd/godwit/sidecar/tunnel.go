package sidecar

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Sizes in bytes, and times.
const (
	readSize   = 16 << 10
	keptBuffer = 128 << 10
	maxPending = 1 << 20         // unwritten, from where on nothing is read that would add to it
	flushTime  = 5 * time.Second // to write what is left, at the end
	lingerTime = 2 * time.Second // for the client to say that it has read the end
)

// tunnel connects one client to its server.
type tunnel struct {
	s      *Server
	log    *slog.Logger
	raw    net.Conn // of the client
	writes sync.WaitGroup
	reads  sync.WaitGroup

	received, sent int64 // bytes of XML; each of the goroutine that counts

	mu       sync.Mutex
	moved    sync.Cond // something below has changed
	relay    *Relay
	client   net.Conn // raw, or TLS over it
	road     *road    // nil: not made yet
	toClient box
	toServer box
	settled  bool  // the client has said who it is: no time is set for it any more
	ending   error // nothing is read any more; what is in the boxes is still written
	orderly  bool  // with the end of the stream
}

// box is what is to be written to one side.
type box struct {
	buf   []byte
	alive bool // a keepalive, if nothing else
	busy  bool // somebody writes
}

func (b *box) empty() bool { return len(b.buf) == 0 && !b.alive }

func newTunnel(s *Server, conn net.Conn) *tunnel {
	t := &tunnel{s: s, log: s.cfg.Log.With("client", conn.RemoteAddr().String()), raw: conn, client: conn}
	t.moved.L = &t.mu
	t.relay = NewRelay(s.cfg.Certificate != nil, s.cfg.Limits, newID)
	return t
}

// run serves the client to the end.
func (t *tunnel) run(ctx context.Context) {
	began := time.Now()
	t.setDeadline(began.Add(t.s.cfg.Timeout))
	t.writes.Go(func() { t.write(&t.toClient, t.writeClient) })
	if err := t.begin(ctx); err != nil {
		t.stop(err)
	}
	t.readClient(ctx)
	t.finish()
	t.report(time.Since(began))
}

// finish closes both connections once what is left is written.
func (t *tunnel) finish() {
	t.writes.Wait()
	if t.orderly {
		t.linger()
	}
	t.raw.Close()
	if t.road != nil {
		t.road.conn.Close()
	}
	t.reads.Wait()
	t.relay.Close()
	if t.road != nil {
		t.road.session.Abandon()
	}
}

// linger lets the client read the end before its connection is closed: bytes of it that nobody has read would reset that.
func (t *tunnel) linger() {
	_ = t.raw.SetReadDeadline(time.Now().Add(lingerTime))
	if c, ok := t.client.(*tls.Conn); ok {
		_ = c.CloseWrite()
	}
	if c, ok := t.raw.(*net.TCPConn); ok && c.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, c)
	}
}

// report says how it was.
func (t *tunnel) report(d time.Duration) {
	log := t.log.With("host", t.relay.Domain(), "time", d.Round(time.Millisecond), "why", t.ending)
	if t.road == nil {
		log.Warn("a client was not served")
		return
	}
	log.Info("a client is gone", "xml-up", t.received, "link-up", t.road.sent.Load(), "xml-down", t.sent, "link-down", t.road.received.Load())
}

// stop ends the tunnel, for the first reason that there is. Any goroutine.
func (t *tunnel) stop(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(reason, false)
}

// end is stop. The caller holds mu.
func (t *tunnel) end(reason error, orderly bool) {
	if t.ending != nil {
		return
	}
	t.ending, t.orderly = reason, orderly
	now := time.Now()
	_ = t.raw.SetReadDeadline(now)
	_ = t.raw.SetWriteDeadline(now.Add(flushTime))
	if t.road != nil {
		_ = t.road.conn.SetReadDeadline(now)
		_ = t.road.conn.SetWriteDeadline(now.Add(flushTime))
	}
	t.moved.Broadcast()
}

var errEnded = errors.New("the stream has ended")

// setDeadline bounds what the client may take; the zero time: nothing does.
func (t *tunnel) setDeadline(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ending == nil {
		_ = t.raw.SetDeadline(at)
	}
}

// step gives the relay an input, and takes what follows for both sides. The rest, what takes time, is the caller's.
func (t *tunnel) step(input func(r *Relay, out *Output)) (out Output) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out = Output{Client: t.toClient.buf, Server: t.toServer.buf}
	input(t.relay, &out)
	t.toClient.buf, t.toServer.buf = out.Client, out.Server
	t.toServer.alive = t.toServer.alive || out.Alive
	t.s.place(t.relay.domain, out.Place)
	if t.relay.told && !t.settled && t.ending == nil {
		t.settled = true
		_ = t.raw.SetDeadline(time.Time{})
	}
	if out.End {
		t.end(errEnded, true)
	}
	t.moved.Broadcast()
	return out
}

// await waits until ok, and reports false when the tunnel ends before.
func (t *tunnel) await(ok func() bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for !ok() && t.ending == nil {
		t.moved.Wait()
	}
	return t.ending == nil
}

// readClient reads from the client to the end.
func (t *tunnel) readClient(ctx context.Context) {
	buf := make([]byte, readSize)
	for t.await(func() bool { return !t.relay.Waits() && len(t.toServer.buf) < maxPending }) {
		n, err := t.client.Read(buf)
		if n > 0 {
			t.received += int64(n)
			out := t.step(func(r *Relay, out *Output) { r.Client(buf[:n], out) })
			if e := t.obey(ctx, out); err == nil {
				err = e
			}
		}
		if err != nil {
			t.stop(because("the client", err))
		}
	}
}

// obey does what takes time.
func (t *tunnel) obey(ctx context.Context, out Output) error {
	switch {
	case out.Dial != "":
		if err := t.link(ctx, out.Dial); err != nil {
			condition, text := explain(err, out.Dial, t.s.address(out.Dial))
			t.step(func(r *Relay, out *Output) { r.Failed(condition, text, out) })
			return nil
		}
		return t.obey(ctx, t.step(func(r *Relay, out *Output) { r.Linked(out) }))
	case out.Secure != "":
		return t.secure(ctx, out.Secure)
	}
	return nil
}

// link makes the link.
func (t *tunnel) link(ctx context.Context, domain string) error {
	r, err := t.s.dial(ctx, domain)
	if err != nil {
		t.log.Warn("no link", "host", domain, "err", err)
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.road = r
	t.log.Debug("a link is made", "host", domain, "pattern", r.session.Pattern().String(), "server", r.conn.RemoteAddr().String())
	if t.ending != nil {
		return t.ending
	}
	t.writes.Go(func() { t.write(&t.toServer, r.write) })
	t.reads.Go(t.readServer)
	return nil
}

// readServer reads from the link to its end.
func (t *tunnel) readServer() {
	buf := make([]byte, readSize)
	for t.await(func() bool { return len(t.toClient.buf) < maxPending }) {
		n, err := t.road.conn.Read(buf)
		if n > 0 {
			if e := t.road.open(buf[:n], t.take); e != nil {
				err = e
			}
		}
		if err != nil {
			t.stop(because("the link", err))
		}
	}
}

// take takes items from the server, none for a keepalive.
func (t *tunnel) take(items []byte) (err error) {
	t.step(func(r *Relay, out *Output) {
		if len(items) == 0 {
			r.ServerAlive(out)
			return
		}
		err = r.Server(items, out)
	})
	return err
}

// because says whose end it is.
func because(whose string, err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s has closed its connection", whose)
	}
	return fmt.Errorf("%s: %w", whose, err)
}

// write writes what comes into b until the tunnel ends and b is empty. No bytes are a keepalive.
func (t *tunnel) write(b *box, send func(p []byte) error) {
	var spare []byte
	for {
		t.await(func() bool { return !b.empty() })
		t.mu.Lock()
		p, nothing := b.buf, b.empty()
		b.buf, b.alive, b.busy = spare[:0], false, !nothing
		t.mu.Unlock()
		if nothing {
			return
		}
		err := send(p)
		if spare = p; cap(spare) > keptBuffer {
			spare = nil
		}
		t.mu.Lock()
		b.busy = false
		t.moved.Broadcast()
		t.mu.Unlock()
		if err != nil {
			t.stop(fmt.Errorf("writing: %w", err))
			return
		}
	}
}

func (t *tunnel) writeClient(p []byte) error {
	t.mu.Lock()
	c := t.client
	t.mu.Unlock()
	n, err := c.Write(p)
	t.sent += int64(n)
	return err
}

// begin looks whether the client begins with TLS (XEP-0368).
func (t *tunnel) begin(ctx context.Context) error {
	var first [1]byte
	if _, err := io.ReadFull(t.raw, first[:]); err != nil {
		return because("the client", err)
	}
	begun := &begun{Conn: t.raw, first: first[:]}
	t.mu.Lock()
	t.client = begun
	t.mu.Unlock()
	if first[0] != tlsHandshake {
		return nil
	}
	if t.s.cfg.Certificate == nil {
		return errors.New("the client begins with TLS, which there is none of here")
	}
	return t.direct(ctx, begun)
}

// tlsHandshake is the first byte of TLS (RFC 8446), and of no XML.
const tlsHandshake = 0x16

// begun is a connection whose first byte was read.
type begun struct {
	net.Conn
	first []byte
}

// Read implements net.Conn.
func (b *begun) Read(p []byte) (int, error) {
	if len(b.first) > 0 && len(p) > 0 {
		n := copy(p, b.first)
		b.first = b.first[n:]
		return n, nil
	}
	return b.Conn.Read(p)
}

// direct is TLS from the first byte on. The domain is the one that TLS names (SNI), and that there is a link to it comes first: no certificate is made for what does not exist.
func (t *tunnel) direct(ctx context.Context, conn net.Conn) error {
	domain := ""
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"xmpp-client"}, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if domain = hello.ServerName; domain == "" {
			return t.unnamed()
		}
		if err := t.link(hello.Context(), domain); err != nil {
			return nil, err
		}
		return t.s.cfg.Certificate(domain)
	}}
	if err := t.shakeHands(ctx, conn, cfg); err != nil {
		return err
	}
	t.step(func(r *Relay, _ *Output) { r.Direct(domain) })
	return nil
}

// unnamed returns the certificate for a client that names no domain in TLS.
func (t *tunnel) unnamed() (*tls.Certificate, error) {
	if t.s.cfg.Domain == "" {
		return nil, errors.New("the client does not say in TLS which domain it wants (SNI), and --domain does not either")
	}
	return t.s.cfg.Certificate(t.s.cfg.Domain)
}

// secure is STARTTLS, once what was said in front of it has left.
func (t *tunnel) secure(ctx context.Context, domain string) error {
	if !t.await(func() bool { return t.toClient.empty() && !t.toClient.busy }) {
		return t.ending
	}
	certificate, err := t.s.cfg.Certificate(domain)
	if err != nil {
		return err
	}
	if err := t.shakeHands(ctx, t.client, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*certificate}}); err != nil {
		return err
	}
	t.step(func(r *Relay, _ *Output) { r.Secured() })
	return nil
}

// shakeHands starts TLS on conn. The time for it is what the client has for all that comes before its header.
func (t *tunnel) shakeHands(ctx context.Context, conn net.Conn, cfg *tls.Config) error {
	c := tls.Server(conn, cfg)
	if err := c.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("starting TLS with the client: %w", err)
	}
	t.mu.Lock()
	t.client = c
	t.mu.Unlock()
	return nil
}
