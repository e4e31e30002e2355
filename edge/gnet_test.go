package edge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// Each rule that gnet v2.9.7 gives us has its test here; those about accepting and restarting are in accept_test.go.

// TestLevelTriggered: edge-triggered, gnet reads from a descriptor that a handler has closed, which may be another
// connection's by then.
func TestLevelTriggered(t *testing.T) {
	s := serve(t, Config{}, echo)
	for _, l := range s.loops {
		options := reflect.ValueOf(l.client).Elem().FieldByName("opts").Elem()
		if options.FieldByName("EdgeTriggeredIO").Bool() || options.FieldByName("EdgeTriggeredIOChunk").Int() != 0 {
			t.Error("a loop is edge-triggered")
		}
	}
}

// TestNoBytesOfOthers closes connections from their handler while their peers still send, so that descriptors are reused at
// once: no machine may see bytes of a connection that is not its own.
func TestNoBytesOfOthers(t *testing.T) {
	var mixed atomic.Int64
	s := serve(t, Config{Loops: 2}, func() stream.Machine {
		var first []byte
		count := 0
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind != stream.Element {
				return
			}
			text := in.Element.Text()
			if first == nil {
				first = bytes.Clone(text)
			}
			if !bytes.Equal(first, text) {
				mixed.Add(1)
			}
			out.LoggedIn()
			if count++; count == 3 {
				out.Close()
			}
		})
	})
	var wg sync.WaitGroup
	for client := range 16 {
		wg.Go(func() {
			for i := range 60 {
				c, err := net.Dial("tcp", s.addr)
				if err != nil {
					continue
				}
				line := fmt.Appendf(nil, "%d-%d\n", client, i)
				for range 20 {
					if _, err := c.Write(line); err != nil {
						break
					}
				}
				_ = c.Close()
			}
		})
	}
	wg.Wait()
	s.empty()
	if n := mixed.Load(); n > 0 {
		t.Errorf("%d elements of others", n)
	}
	if n := s.Stats().Stale; n > 0 {
		t.Errorf("gnet complained %d times", n)
	}
}

// flooder writes 64 KiB for each "flood", if it listens only while it is not told to stop, and tells what it is told.
func flooder(told chan<- string, listens bool) func() stream.Machine {
	return func() stream.Machine {
		congested := false
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Element:
				out.LoggedIn()
				if out.Congested && !congested {
					congested = true
					told <- "congested"
				}
				if !listens || !out.Congested {
					out.Buf = append(out.Buf, strings.Repeat("x", 1<<16)...)
				}
			case stream.Drained:
				told <- "drained"
				if out.Congested {
					told <- "but congested"
				}
			case stream.Closed:
				told <- fmt.Sprint(in.Err)
			}
		})
	}
}

// TestSoftMark: a machine whose peer does not read is told so, and told again when the peer has read.
func TestSoftMark(t *testing.T) {
	told := make(chan string, 16)
	s := serve(t, Config{StanzaRate: -1}, flooder(told, true))
	c := s.dial()
	for done := false; !done; {
		send(t, c, "flood\n")
		select {
		case text := <-told:
			if text != "congested" {
				t.Fatal(text)
			}
			done = true
		default:
		}
	}
	if n := s.Stats().Connections; n != 1 {
		t.Fatalf("%d connections", n)
	}
	go func() { _, _ = io.Copy(io.Discard, c) }()
	if text := <-told; text != "drained" {
		t.Fatal(text)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	if text := <-told; text != "EOF" {
		t.Fatal(text)
	}
}

// TestHardMark: what is kept for a peer that never reads is bounded, and the machine hears why it ends.
func TestHardMark(t *testing.T) {
	told := make(chan string, 16)
	const mark = 1 << 20
	s := serve(t, Config{HardMark: mark, StanzaRate: -1}, flooder(told, false))
	c := s.dial()
	_ = c.(*net.TCPConn).SetReadBuffer(8 << 10)
	go func() {
		for {
			if _, err := io.WriteString(c, "flood\n"); err != nil {
				return
			}
		}
	}()
	for {
		if text := <-told; text == ErrSlowReader.Error() {
			break
		} else if text != "congested" {
			t.Fatal(text)
		}
	}
	s.empty()
	st := s.Stats()
	if st.SlowReaders != 1 {
		t.Errorf("%d slow readers", st.SlowReaders)
	}
	if most := uint64(mark + 16<<20); st.BytesSent > most { // the kernel's buffers on both ends, and ours
		t.Errorf("%d bytes were taken for a peer that reads nothing", st.BytesSent)
	}
}

// TestSlowReadersAreBounded: their number does not keep others from being served.
func TestSlowReadersAreBounded(t *testing.T) {
	s := serve(t, Config{HardMark: 256 << 10, StanzaRate: -1}, echo)
	line := strings.Repeat("x", 4000) + "\n"
	for range 20 {
		c := s.dial()
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		go func() {
			for {
				if _, err := io.WriteString(c, line); err != nil {
					return
				}
			}
		}()
	}
	c := s.dial()
	r := bufio.NewReader(c)
	for range 100 {
		send(t, c, "x\n")
		expect(t, r, "x")
	}
	until(t, "all of them are closed", func() bool { return s.Stats().SlowReaders == 20 })
}

// TestOrder: what a machine writes itself and what it passes on leaves in the order of its steps, whoever posted.
func TestOrder(t *testing.T) {
	s := serve(t, Config{Loops: 2}, func() stream.Machine {
		var self stream.Mailbox
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Opened:
				self = in.Mailbox
			case stream.Element: // "1": posts 2, writes 1; and so on
				self.Post(stream.Mail{Frame: lineFrame("posted " + string(in.Element.Text()))})
				out.Send(in.Element)
			case stream.Delivery:
				out.SendFrame(in.Mail.Frame)
			}
		})
	})
	c := s.dial()
	r := bufio.NewReader(c)
	send(t, c, "1\n2\n3\n")
	expect(t, r, "1", "2", "3", "posted 1", "posted 2", "posted 3")
	send(t, c, "4\n")
	expect(t, r, "4", "posted 4")
}

// TestOrderAcrossLoops: mail of one poster arrives in its order.
func TestOrderAcrossLoops(t *testing.T) {
	boxes := make(chan stream.Mailbox, 4)
	s := serve(t, Config{Loops: 2}, func() stream.Machine {
		plain := echo()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Opened {
				boxes <- in.Mailbox
			}
			plain.Step(in, out)
		})
	})
	const posters, mails = 4, 2000
	c := s.dial()
	box := <-boxes
	for p := range posters {
		go func() {
			for i := range mails {
				if !box.Post(stream.Mail{Frame: lineFrame(fmt.Sprintf("%d %d", p, i))}) {
					t.Error("refused")
				}
			}
		}()
	}
	r := bufio.NewReader(c)
	next := [posters]int{}
	for range posters * mails {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var p, i int
		if _, err := fmt.Sscanf(line, "%d %d", &p, &i); err != nil || next[p] != i {
			t.Fatalf("%q: poster %d is at %d", line, p, next[p])
		}
		next[p]++
	}
}

// TestOneWakePerBatch: posting much to a sleeping loop wakes it once, and a loop in a batch not at all.
func TestOneWakePerBatch(t *testing.T) {
	wakes := 0
	in := &inbox{limit: 1000, wake: func() { wakes++ }}
	s := &Server{}
	c := &conn{loop: &loop{server: s}}
	for range 100 {
		in.post(item{conn: c})
	}
	if wakes != 1 {
		t.Errorf("%d wakes", wakes)
	}
	var m mail
	in.busy()
	in.take(&m)
	in.post(item{conn: c})
	if len(m.items) != 100 || in.rest() {
		t.Errorf("%d items; rests with one left", len(m.items))
	}
	in.take(&m)
	if wakes != 1 || len(m.items) != 1 || !in.rest() {
		t.Errorf("%d wakes, %d items", wakes, len(m.items))
	}
	in.post(item{conn: c})
	if wakes != 2 {
		t.Errorf("%d wakes", wakes)
	}
}

// TestInboxBounded: at the limit mail is taken, one past it is refused and given back, and the connection hears when
// there is room again.
func TestInboxBounded(t *testing.T) {
	started, blocked := make(chan bool), make(chan bool)
	boxes := make(chan stream.Mailbox, 1)
	drained := make(chan bool, 4)
	s := serve(t, Config{Loops: 1, InboxSize: 10}, func() stream.Machine {
		plain := echo()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Opened:
				boxes <- in.Mailbox
			case stream.Element:
				started <- true
				<-blocked
			case stream.Drained:
				drained <- true
			}
			plain.Step(in, out)
		})
	})
	c := s.dial()
	box := <-boxes
	send(t, c, "block\n")
	<-started
	for i := range 10 {
		if !box.Post(stream.Mail{Frame: lineFrame(fmt.Sprint(i))}) {
			t.Fatalf("mail %d was refused", i)
		}
	}
	f := lineFrame("11")
	if box.Post(stream.Mail{Frame: f.Retain()}) {
		t.Error("one past the limit was taken")
	}
	f.Release() // panics if Post has not released its own
	close(blocked)
	<-drained
	r := bufio.NewReader(c)
	expect(t, r, "block", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
	if n := s.Stats().InboxFull; n != 1 {
		t.Errorf("%d refused", n)
	}
	if !box.Post(stream.Mail{Frame: lineFrame("again")}) {
		t.Error("refused with room")
	}
	expect(t, r, "again")
}

// TestPostToTheDead: mail for a machine that is gone is refused and given back.
func TestPostToTheDead(t *testing.T) {
	boxes := make(chan stream.Mailbox, 1)
	s := serve(t, Config{}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, _ *stream.Output) {
			if in.Kind == stream.Opened {
				boxes <- in.Mailbox
			}
		})
	})
	c := s.dial()
	box := <-boxes
	_ = c.Close()
	s.empty()
	f := lineFrame("late")
	if box.Post(stream.Mail{Frame: f.Retain()}) {
		t.Error("taken")
	}
	f.Release()
}

// TestCloseSendsEverything: a machine that writes much and closes is heard to the end, also by a slow reader, and although
// the peer has sent what nobody reads any more.
func TestCloseSendsEverything(t *testing.T) {
	const size = 3 << 20
	s := serve(t, Config{}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Element {
				out.Buf = append(append(out.Buf, strings.Repeat("x", size)...), "</end>"...)
				out.Close()
			}
		})
	})
	c := s.dial()
	_ = c.(*net.TCPConn).SetReadBuffer(256 << 10)
	send(t, c, "go\n"+strings.Repeat("more\n", 100))
	total, last := 0, ""
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		total += n
		if n > 0 {
			last = string(buf[max(0, n-6):n])
		}
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	if total != size+6 || last != "</end>" {
		t.Errorf("%d bytes of %d, the last %q", total, size+6, last)
	}
	_ = c.Close()
	s.empty()
}

// TestCloseDeadline: a peer that does not read the last output, or does not end, is gone in time.
func TestCloseDeadline(t *testing.T) {
	for name, size := range map[string]int{"unread": 3 << 20, "lingering": 10} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Config{CloseTimeout: 200 * time.Millisecond, LingerTimeout: 200 * time.Millisecond}, func() stream.Machine {
				return stepFunc(func(in *stream.Input, out *stream.Output) {
					if in.Kind == stream.Opened {
						out.Buf = append(out.Buf, strings.Repeat("x", size)...)
						out.Close()
					}
				})
			})
			c := s.dial()
			_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
			until(t, "the connection is there", func() bool { return s.Stats().Accepted == 1 })
			s.empty()
			if n := s.Stats().Late; n != 1 {
				t.Errorf("%d deadlines", n)
			}
		})
	}
}

// TestDrain: Shutdown tells every machine, waits for what they still have to say, and reports what was cut.
func TestDrain(t *testing.T) {
	s := serve(t, Config{DrainSpread: 300 * time.Millisecond, Logger: quiet}, echo)
	const n = 100
	var ended sync.WaitGroup
	for range n {
		c := s.dial()
		r := bufio.NewReader(c)
		send(t, c, "x\n")
		expect(t, r, "x")
		ended.Go(func() {
			expect(t, r, "</open>")
			expectEnd(t, r)
			_ = c.Close()
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("all at once, within %v", took)
	}
	ended.Wait()
	s.empty()
	if _, err := net.DialTimeout("tcp", s.addr, time.Second); err == nil {
		t.Error("still listening")
	}
}

// TestDrainIsCut: machines that do not care are closed when the time is over.
func TestDrainIsCut(t *testing.T) {
	s := serve(t, Config{DrainSpread: 10 * time.Millisecond, Logger: quiet}, func() stream.Machine {
		return stepFunc(func(*stream.Input, *stream.Output) {})
	})
	for range 10 {
		s.dial()
	}
	until(t, "all are there", func() bool { return s.open.Load() == 10 })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
	s.empty()
}

// TestPanicClosesOne: a panic costs the connection that it happens in, in whatever input, and no other.
func TestPanicClosesOne(t *testing.T) {
	kinds := map[string]stream.Kind{
		"open": stream.Opened, "element": stream.Element, "footer": stream.Footer, "malformed": stream.Malformed, "tick": stream.Tick,
		"delivery": stream.Delivery, "result": stream.Result, "closed": stream.Closed,
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			armed := true // the first connection's machine panics
			s := serve(t, Config{Loops: 1, Logger: quiet}, func() stream.Machine {
				bad, plain := armed, echo()
				armed = false
				return stepFunc(func(in *stream.Input, out *stream.Output) {
					if bad && in.Kind == kind {
						panic("at the disco")
					}
					if bad && in.Kind == stream.Element {
						out.SetTimer(in.Now)
						out.Do(func() any { return nil })
					}
					if bad && in.Kind == stream.Opened {
						in.Mailbox.Post(stream.Mail{Frame: lineFrame("mail")})
						return
					}
					plain.Step(in, out)
				})
			})
			victim := s.dial()
			until(t, "it is there", func() bool { return s.Stats().Accepted == 1 })
			other := s.dial()
			r := bufio.NewReader(other)
			send(t, other, "x\n")
			expect(t, r, "x")
			_, _ = io.WriteString(victim, "y\n")
			switch name {
			case "footer", "closed":
				_, _ = io.WriteString(victim, "</open>\n")
			case "malformed":
				_, _ = io.WriteString(victim, "!\n")
			}
			_, _ = io.ReadAll(victim)
			_ = victim.Close()
			until(t, "the victim is gone", func() bool { return s.Stats().Connections == 1 })
			send(t, other, "z\n")
			expect(t, r, "z")
			if n := s.Stats().Panics; n != 1 {
				t.Errorf("%d panics", n)
			}
		})
	}
}

// TestPanicInJob closes its connection only.
func TestPanicInJob(t *testing.T) {
	s := serve(t, Config{Logger: quiet}, func() stream.Machine {
		plain := echo()
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind == stream.Element && string(in.Element.Text()) == "panic" {
				out.Do(func() any { panic("in a job") })
			}
			plain.Step(in, out)
		})
	})
	other := s.dial()
	c := s.dial()
	send(t, c, "panic\n")
	expect(t, bufio.NewReader(c), "panic")
	_, _ = io.ReadAll(c)
	until(t, "it is gone", func() bool { return s.Stats().Connections == 1 })
	send(t, other, "x\n")
	expect(t, bufio.NewReader(other), "x")
}

// TestWriteErrorInside: gnet closes a connection from within a write to it. Its machine has its Closed, once, and not in the
// middle of another Step.
func TestWriteErrorInside(t *testing.T) {
	boxes := make(chan stream.Mailbox, 1)
	s := serve(t, Config{}, func() stream.Machine {
		inside := false
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if inside {
				t.Error("a Step inside a Step")
			}
			inside = true
			switch in.Kind {
			case stream.Opened:
				boxes <- in.Mailbox
			case stream.Delivery: // more than the soft mark: written at once
				out.Buf = append(out.Buf, strings.Repeat("x", 1<<17)...)
			}
			inside = false
		})
	})
	for range 50 {
		c := s.dial()
		box := <-boxes
		_ = c.(*net.TCPConn).SetLinger(0)
		var wg sync.WaitGroup
		wg.Go(func() { _ = c.Close() }) // a reset, which the server finds by reading or by writing
		wg.Go(func() {
			for box.Post(stream.Mail{}) {
				runtime.Gosched()
			}
		})
		wg.Wait()
		s.empty()
	}
}

// TestPauseKnowsGnet: a new gnet may keep its epoll instance elsewhere.
func TestPauseKnowsGnet(t *testing.T) {
	s := serve(t, Config{}, echo)
	for _, l := range s.loops {
		if l.poller.fd <= 2 {
			t.Errorf("the poller is %d", l.poller.fd)
		}
	}
}
