package edge

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// gated does a job for each element that is not "free", and writes the element when the job is done. The job waits for release.
func gated(release <-chan bool) func() stream.Machine {
	return func() stream.Machine {
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Element:
				out.LoggedIn()
				text := string(in.Element.Text())
				if text == "free" {
					out.Send(in.Element)
					return
				}
				out.Do(func() any { <-release; return text })
			case stream.Result:
				out.Buf = append(append(out.Buf, in.Result.(string)...), '\n')
			case stream.Delivery:
				out.SendFrame(in.Mail.Frame)
			case stream.Footer:
				out.SendFooter()
				out.Close()
			}
		})
	}
}

// TestGate: nothing is decoded while a job runs, mail is delivered all the same, and then all of it comes in its order.
func TestGate(t *testing.T) {
	release := make(chan bool)
	boxes := make(chan stream.Mailbox, 1)
	machine := gated(release)
	s := serve(t, Config{}, func() stream.Machine {
		m := machine()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Opened {
				boxes <- in.Mailbox
			}
			m.Step(in, out)
		})
	})
	for size := 1; size <= 64; size *= 4 {
		c := s.dial()
		box := <-boxes
		r := bufio.NewReader(c)
		for text := "slow 1\nfree\nslow 2\nfree\n</open>\n"; text != ""; {
			n := min(size, len(text))
			send(t, c, text[:n])
			text = text[n:]
		}
		until(t, "the job runs", func() bool { return len(release) == 0 && s.Stats().BytesReceived > 0 })
		box.Post(stream.Mail{Frame: lineFrame("mail")})
		expect(t, r, "mail")
		release <- true
		expect(t, r, "slow 1", "free")
		release <- true
		expect(t, r, "slow 2", "free", "</open>")
		expectEnd(t, r)
	}
}

// TestGateBackPressure: a peer that goes on sending while a job runs is not read beyond the mark, and not closed: TCP makes it wait.
func TestGateBackPressure(t *testing.T) {
	release := make(chan bool)
	s := serve(t, Config{StanzaRate: -1, ByteRate: -1}, gated(release))
	c := s.dial()
	send(t, c, "slow\n")
	n := fewer(400_000)
	wrote := make(chan error, 1)
	go func() {
		_, err := io.WriteString(c, strings.Repeat("free\n", n))
		wrote <- err
	}()
	// It stalls: nothing more is received for a while.
	last, same := uint64(0), 0
	until(t, "the peer is stopped", func() bool {
		now := s.Stats().BytesReceived
		if same++; now != last || now < 16<<10 {
			last, same = now, 0
		}
		return same > 100
	})
	if cfg := s.config; last > uint64(cfg.HoldMark+2*(64<<10)) {
		t.Errorf("%d bytes were read", last)
	}
	if st := s.Stats(); st.HeldTooMuch != 0 || st.Connections != 1 {
		t.Errorf("%+v", st)
	}
	release <- true
	r := bufio.NewReader(c)
	expect(t, r, "slow")
	for range n {
		if line, err := r.ReadSlice('\n'); err != nil || string(line) != "free\n" {
			t.Fatalf("%q, %v", line, err)
		}
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}

// TestHoldLimit: where reading cannot be stopped, too much is the end. At the limit it is not.
func TestHoldLimit(t *testing.T) {
	for _, over := range []int{0, 1} {
		release := make(chan bool)
		s := serve(t, Config{Loops: 1, HoldLimit: 1000}, gated(release))
		c := s.dial()
		send(t, c, "slow\n")
		until(t, "the job runs", func() bool { return s.Stats().BytesReceived == 5 })
		send(t, c, strings.Repeat("free\n", 200)+strings.Repeat("f", over))
		if over == 0 {
			release <- true
			r := bufio.NewReader(c)
			expect(t, r, "slow", "free")
			continue
		}
		_, _ = io.ReadAll(c)
		s.empty()
		if n := s.Stats().HeldTooMuch; n != 1 {
			t.Errorf("%d held too much", n)
		}
		close(release)
	}
}

// TestEndWhileHeld: what a peer has sent before its end counts, although a job is still running when the end comes.
func TestEndWhileHeld(t *testing.T) {
	release := make(chan bool)
	seen := make(chan string, 16)
	machine := gated(release)
	s := serve(t, Config{}, func() stream.Machine {
		m := machine()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Element:
				seen <- string(in.Element.Text())
			case stream.Closed:
				seen <- fmt.Sprint("closed ", in.Err)
			}
			m.Step(in, out)
		})
	})
	c := s.dial()
	send(t, c, "slow\nfree\nslow\nlast\n")
	_ = c.(*net.TCPConn).CloseWrite() // with Close, what the server writes could be refused first
	wait := func(want string) {
		t.Helper()
		select {
		case got := <-seen:
			if got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("waited in vain for %q", want)
		}
	}
	wait("slow")
	release <- true
	wait("free")
	wait("slow")
	release <- true
	wait("last")
	release <- true
	wait("closed EOF")
	s.empty()
}

// TestResultAfterClose: the result of a job whose machine is gone is dropped.
func TestResultAfterClose(t *testing.T) {
	release := make(chan bool)
	s := serve(t, Config{}, gated(release))
	c := s.dial()
	send(t, c, "slow\n")
	until(t, "the job runs", func() bool { return s.Stats().BytesReceived == 5 })
	_ = c.Close()
	s.empty()
	release <- true
	s.jobs.wait()
}

// TestKnownPeersAreNotTurnedAway: the job of a peer that has logged in is done, however many wait.
func TestKnownPeersAreNotTurnedAway(t *testing.T) {
	release := make(chan bool)
	s := serve(t, Config{Workers: 1, WorkerQueue: 1}, gated(release))
	var open []net.Conn
	for i := range 5 {
		c := s.dial()
		send(t, c, "slow\n")
		until(t, "the job is taken", func() bool { return s.Stats().BytesReceived == uint64(5*(i+1)) })
		open = append(open, c)
	}
	close(release)
	for _, c := range open {
		expect(t, bufio.NewReader(c), "slow")
	}
	if n := s.Stats().Overloaded; n != 0 {
		t.Errorf("%d overloaded", n)
	}
}

// stranger never counts as logged in; it echoes, and says what it is told.
func stranger() stream.Machine {
	return stepFunc(func(in *stream.Input, out *stream.Output) {
		switch in.Kind {
		case stream.Header, stream.Element:
			out.Send(in.Element)
		case stream.Malformed:
			out.Buf = append(out.Buf, in.Err.(*codec.Error).Condition.String()+"\n"...)
			out.Close()
		}
	})
}

// TestStrangerBytes: at the limit all is well, one past it is a policy violation.
func TestStrangerBytes(t *testing.T) {
	s := serve(t, Config{StrangerBytes: 100}, stranger)
	c := s.dial()
	r := bufio.NewReader(c)
	line := strings.Repeat("x", 49)
	send(t, c, line+"\n"+line+"\n")
	expect(t, r, line, line)
	send(t, c, "\n")
	expect(t, r, "policy-violation")
	expectEnd(t, r)
}

// TestStrangerHeld: what waits for a stranger's job counts as well, at the limit and one past it.
func TestStrangerHeld(t *testing.T) {
	for _, over := range []int{0, 1} {
		release := make(chan bool)
		s := serve(t, Config{StrangerBytes: 1000}, func() stream.Machine {
			plain := stranger()
			return stepFunc(func(in *stream.Input, out *stream.Output) {
				if in.Kind == stream.Element && string(in.Element.Text()) == "slow" {
					out.Do(func() any { <-release; return nil })
				}
				plain.Step(in, out)
			})
		})
		c := s.dial()
		r := bufio.NewReader(c)
		send(t, c, "slow\n")
		expect(t, r, "slow")
		send(t, c, strings.Repeat("x", 994)+"\n"+strings.Repeat("y", over))
		if over == 0 {
			release <- true
			expect(t, r, strings.Repeat("x", 994))
		} else {
			expect(t, r, "policy-violation")
			close(release)
		}
	}
}

func TestStrangerElements(t *testing.T) {
	s := serve(t, Config{StrangerElements: 3}, stranger)
	c := s.dial()
	r := bufio.NewReader(c)
	send(t, c, "<open>\na\nb\n")
	expect(t, r, "<open>", "a", "b")
	send(t, c, "c\n")
	expect(t, r, "policy-violation")
	expectEnd(t, r)
}

// TestStrangerLimits: the decoder has the limits for strangers until the machine sets others.
func TestStrangerLimits(t *testing.T) {
	limits := codec.PreAuthLimits
	limits.Bytes = 10
	s := serve(t, Config{StrangerLimits: &limits}, echo) // echo sets others with the first element
	c := s.dial()
	r := bufio.NewReader(c)
	send(t, c, strings.Repeat("x", 10))
	until(t, "the first part is read", func() bool { return s.Stats().BytesReceived == 10 })
	send(t, c, "\n")
	expect(t, r, strings.Repeat("x", 10))
	send(t, c, strings.Repeat("x", 100))
	until(t, "the first part is read", func() bool { return s.Stats().BytesReceived == 111 })
	send(t, c, "\n")
	expect(t, r, strings.Repeat("x", 100))
	c = s.dial()
	send(t, c, strings.Repeat("x", 11))
	expect(t, bufio.NewReader(c), "policy-violation at byte 0: line too long")
}

// TestLoginDeadline: a stranger that keeps sending is a stranger all the same; who has logged in may be silent.
func TestLoginDeadline(t *testing.T) {
	s := serve(t, Config{LoginTimeout: 300 * time.Millisecond, StrangerElements: -1, StrangerBytes: -1}, func() stream.Machine {
		plain := stranger()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Element && string(in.Element.Text()) == "login" {
				out.LoggedIn()
			}
			plain.Step(in, out)
		})
	})
	known := s.dial()
	send(t, known, "login\n")
	c := s.dial()
	began := time.Now()
	go func() {
		for {
			if _, err := io.WriteString(c, "x\n"); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	text, _ := io.ReadAll(c)
	if took := time.Since(began); !strings.HasSuffix(string(text), "connection-timeout\n") || took < 250*time.Millisecond {
		t.Errorf("%.200q after %v", text, took)
	}
	send(t, known, "x\n")
	expect(t, bufio.NewReader(known), "login", "x")
	if n := s.Stats().Late; n != 1 {
		t.Errorf("%d late", n)
	}
}

// TestRate: who has logged in and sends more than it may is read more slowly, and nothing is lost.
func TestRate(t *testing.T) {
	for name, config := range map[string]Config{
		"stanzas": {StanzaRate: 100, StanzaBurst: 50, ByteRate: -1},
		"bytes":   {ByteRate: 200, ByteBurst: 100, StanzaRate: -1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, config, echo)
			c := s.dial()
			r := bufio.NewReader(c)
			send(t, c, "x\n")
			expect(t, r, "x")
			began := time.Now()
			send(t, c, strings.Repeat("x\n", 150))
			for range 150 {
				expect(t, r, "x")
			}
			if took := time.Since(began); took < 700*time.Millisecond || took > 5*time.Second {
				t.Errorf("took %v, a second is due", took)
			}
			if s.Stats().Throttled == 0 {
				t.Error("nothing counted")
			}
		})
	}
}

// TestRateAfterTheEnd: what a peer has sent before it went away keeps to the rate as well, and all of it counts. It was all decoded at once.
func TestRateAfterTheEnd(t *testing.T) {
	var lines atomic.Int64
	s := serve(t, Config{StanzaRate: 100, StanzaBurst: 10, ByteRate: -1}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Element {
				out.LoggedIn() // and no answer, which would meet a closed socket
				lines.Add(1)
			}
		})
	})
	c := s.dial()
	send(t, c, strings.Repeat("x\n", 100))
	_ = c.Close()
	until(t, "all lines are decoded", func() bool { return lines.Load() == 100 })
	if n := s.Stats().Throttled; n < 5 {
		t.Errorf("the peer was read more slowly %d times", n)
	}
	s.empty()
}

func TestBucket(t *testing.T) {
	b := bucket(10)
	b.take(10)
	if b.wait(10) != 0 {
		t.Error("empty must still do")
	}
	b.take(1)
	if got := b.wait(10); got != 1 {
		t.Errorf("wait %d ticks, want 1", got)
	}
	b.refill(1, 10, 10)
	if b != 0 {
		t.Errorf("%d after one tick", b)
	}
	b.refill(1000, 10, 10)
	if b != 10 {
		t.Errorf("%d, the burst is 10", b)
	}
	b.take(unlimited)
	b.take(unlimited)
	b.take(unlimited)
	if b >= 0 {
		t.Errorf("it turned over: %d", b)
	}
}

// TestMalformed: the machine hears once, and what follows is not looked at. A machine that does not close is closed.
func TestMalformed(t *testing.T) {
	heard := 0
	s := serve(t, Config{Loops: 1}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Malformed:
				heard++
				out.Buf = append(out.Buf, "what?\n"...)
			case stream.Element:
				out.Send(in.Element)
			}
		})
	})
	c := s.dial()
	r := bufio.NewReader(c)
	send(t, c, "x\n!\ny\n!\n")
	expect(t, r, "x", "what?")
	expectEnd(t, r)
	_ = c.Close()
	s.empty()
	if heard != 1 {
		t.Errorf("heard %d times", heard)
	}
}

// TestTimers: ticks come, not too early, in their order, and a new time replaces the old one.
func TestTimers(t *testing.T) {
	type tickAt struct {
		want, got time.Time
	}
	ticks := make(chan tickAt, 16)
	s := serve(t, Config{}, func() stream.Machine {
		var want time.Time
		n := 0
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Opened:
				out.SetTimer(in.Now.Add(time.Hour))
			case stream.Element:
				want = in.Now.Add(150 * time.Millisecond)
				out.SetTimer(want)
			case stream.Tick:
				ticks <- tickAt{want, in.Now}
				if n++; n < 3 {
					want = in.Now.Add(time.Duration(n) * 50 * time.Millisecond)
					out.SetTimer(want)
				}
			case stream.Delivery:
				out.SetTimer(time.Time{})
			}
		})
	})
	c := s.dial()
	send(t, c, "x\n")
	for range 3 {
		tick := <-ticks
		if late := tick.got.Sub(tick.want); late < 0 || late > 5*time.Second {
			t.Errorf("tick %v after its time", late)
		}
	}
}
