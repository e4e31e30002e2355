package edge

import (
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// idleLanes gives the server of a bare loop lanes on which nothing runs: what is given to them waits for its turn.
func idleLanes(l *loop) {
	s := l.server
	s.hands, s.logins, s.jobs = newLane(0, 10), newLane(0, 10), newLane(0, 10)
}

// pass lets time pass.
func pass(l *loop, d time.Duration) {
	l.setNow(l.now.Add(d))
	for _, c := range l.wheel.advance(l.tickNow) {
		c.handle(event{kind: eventTimer})
	}
}

// TestAllowance counts the peer's time and no other.
func TestAllowance(t *testing.T) {
	now := time.Unix(1000, 0)
	wait := func(d time.Duration) time.Time { now = now.Add(d); return now }
	a := newAllowance(10*time.Second, now)
	a.ours(wait(4 * time.Second))
	a.theirs(wait(time.Hour))
	a.theirs(wait(time.Second)) // it is their turn already
	a.ours(wait(time.Second))
	a.ours(wait(time.Minute))
	if left, served := a.at(now), a.served(now); left != 4*time.Second || served != time.Hour+time.Minute {
		t.Errorf("left %v, served %v", left, served)
	}
	a.theirs(now)
	a.ours(now.Add(-time.Second)) // a loop's time is that of its batch, and may be a little behind
	if left := a.at(now); left != 4*time.Second {
		t.Errorf("left %v", left)
	}
	a.theirs(now)
	if left := a.at(wait(5 * time.Second)); left != 0 {
		t.Errorf("left %v", left)
	}
}

// TestHandshakeInTheQueueIsNotLate: the wait for the server is not the peer's, however long it is; that for the peer is.
func TestHandshakeInTheQueueIsNotLate(t *testing.T) {
	certs := testCerts(t, localhost)
	noise := linkServerConfig(t)
	_, linkHello, _, err := link.NewClient(linkClientConfig(t)).Step(nil)
	if err != nil {
		t.Fatal(err)
	}
	for kind, hello := range map[Kind][]byte{C2STLS: clientHello(t), Link: linkHello} {
		for _, whole := range []bool{true, false} {
			l, c, f := bareLoop(t, kind, lines, echo())
			idleLanes(l)
			c.listener.Certificates, c.listener.Link = certs, noise
			l.OnOpen(f)
			if f.p = hello; !whole {
				f.p = nil
			}
			l.OnTraffic(f)
			for range 20 {
				pass(l, time.Minute)
			}
			if late := c.phase == phaseDoomed; late == whole {
				t.Errorf("%v, hello sent %v: late %v", kind, whole, late)
			}
		}
	}
}

// TestStalledPeersGiveWay: when all goroutines for handshakes wait for their peers and others wait for one, a peer has a quarter of its time; not when it is the
// CPU that others wait for, and not before it has a goroutine.
func TestStalledPeersGiveWay(t *testing.T) {
	hello, certs := clientHello(t), testCerts(t, localhost)
	const quarter = 2500 * time.Millisecond
	for _, test := range []struct {
		name                string
		hello, queue, atCPU bool
		late                time.Duration
	}{
		{"others wait for a goroutine", true, true, false, quarter},
		{"others wait for the CPU", true, true, true, 4 * quarter},
		{"nobody waits", true, false, false, 4 * quarter},
		{"no hello", false, true, false, 4 * quarter},
	} {
		l, c, f := bareLoop(t, C2STLS, lines, echo())
		idleLanes(l)
		l.server.cpus = make(cpus, 1)
		c.listener.Certificates = certs
		l.OnOpen(f)
		if test.hello {
			f.p = hello
			l.OnTraffic(f)
			h := c.transport.(*tlsConn).handshake
			h.got, h.whole = nil, 0 // read, and answered
			h.allowance.theirs(l.now)
			l.server.hands = newLane(0, 10)
		}
		if test.queue {
			l.server.hands.run(func() {})
		}
		if test.atCPU {
			l.server.cpus <- struct{}{}
		}
		began := l.now
		for c.phase != phaseDoomed && l.now.Sub(began) < time.Minute {
			pass(l, tick)
		}
		if late := l.now.Sub(began); late < test.late || late > test.late+3*tick {
			t.Errorf("%s: late after %v, want %v", test.name, late, test.late)
		}
	}
}

// TestTrickleIsLate: who sends a handshake byte by byte has no more time for it than others.
func TestTrickleIsLate(t *testing.T) {
	l, c, f := bareLoop(t, C2STLS, lines, echo())
	idleLanes(l)
	c.listener.Certificates = testCerts(t, localhost)
	l.OnOpen(f)
	hello := clientHello(t)
	f.p = hello
	l.OnTraffic(f)
	h := c.transport.(*tlsConn).handshake
	h.got, h.whole = nil, 0 // read, and answered
	h.allowance.theirs(l.now)
	for i := range 12 {
		if c.phase == phaseDoomed {
			t.Fatalf("late after %d s", i)
		}
		began := l.now
		f.p = []byte{23, 3, 3, 0, 100, 0, 0, 0, 0, 0, 0, 0}[i : i+1]
		l.enter() // sets the time, so that OnTraffic cannot be used
		l.setNow(began)
		c.handle(event{kind: eventBytes, bytes: f.p})
		l.leave()
		l.setNow(began)
		pass(l, time.Second)
		if c.phase == phaseDoomed {
			if i < 9 {
				t.Errorf("late after %d s of %v", i+1, l.server.config.HandshakeTimeout)
			}
			return
		}
	}
	t.Error("not late")
}

func TestWholeRecords(t *testing.T) {
	record := func(n int) string {
		return "\x17\x03\x03" + string([]byte{byte(n >> 8), byte(n)}) + string(make([]byte, n))
	}
	for _, test := range []struct {
		p    string
		want int
	}{
		{"", 0},
		{"\x16\x03\x01\x00", 0},
		{record(3)[:7], 0},
		{record(3), 8},
		{record(3) + record(0), 13},
		{record(3) + record(9)[:13], 8},
		{record(tlsSealedMax)[:10], 0},
		{record(3) + "<?xml version", 21},
		{record(3) + "\x17\x02\x03\x00\x09\x00", 14},
		{"\x16\x03\x01\xff\xff\x00", 6}, // too large: no more will make a record of it
	} {
		if got := wholeRecords([]byte(test.p)); got != test.want {
			t.Errorf("%q: %d, want %d", test.p, got, test.want)
		}
	}
}

// TestLoginInTheQueueIsNotLate: a stranger whose login waits for the server is not late; when it is the stranger's turn again it has the rest of its time.
func TestLoginInTheQueueIsNotLate(t *testing.T) {
	l, c, f := bareLoop(t, C2S, lines, stepFunc(func(in *stream.Input, out *stream.Output) {
		if in.Kind == stream.Element {
			out.Do(func() any { return nil })
		}
	}))
	idleLanes(l)
	l.OnOpen(f)
	f.p = []byte("login\n")
	l.OnTraffic(f)
	pass(l, time.Hour)
	if c.phase != phaseOpen {
		t.Fatalf("phase %d while the job waits", c.phase)
	}
	c.handle(event{kind: eventItem, item: &item{conn: c, kind: itemStranger}})
	pass(l, l.server.config.LoginTimeout-time.Second)
	if c.phase != phaseOpen {
		t.Fatalf("phase %d before its time is over", c.phase)
	}
	pass(l, 2*time.Second)
	if c.phase == phaseOpen {
		t.Error("not late")
	}
}
