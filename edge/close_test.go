package edge

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/stream"
)

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

// TestWriteErrorInside: gnet closes a connection from within a write to it. Its machine has its Closed, once, and not in the
// middle of another Step.
func TestWriteErrorInside(t *testing.T) {
	boxes := make(chan stream.Mailbox, 1)
	var waiting atomic.Int32 // mails
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
				waiting.Add(-1)
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
			for waiting.Add(1); box.Post(stream.Mail{}); waiting.Add(1) {
				for waiting.Load() > 16 {
					runtime.Gosched()
				}
			}
			waiting.Add(-1)
		})
		wg.Wait()
		s.empty()
		if n := waiting.Load(); n != 0 {
			t.Fatalf("%d mails were accepted and not delivered", n)
		}
	}
}

// TestMailOfTheLastBatch: mail that was accepted is delivered, also when the connection ends in the batch in which it was posted.
func TestMailOfTheLastBatch(t *testing.T) {
	type count struct{ accepted, delivered int }
	counts := make(chan count, 1)
	s := serve(t, Config{Loops: 1}, func() stream.Machine {
		var self stream.Mailbox
		var n count
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Opened:
				self = in.Mailbox
			case stream.Element, stream.Delivery:
				if in.Kind == stream.Delivery {
					n.delivered++
				}
				if n.accepted < 5 && self.Post(stream.Mail{Frame: lineFrame("mail")}) {
					n.accepted++
				}
				if n.accepted == 3 {
					out.Close()
				}
			case stream.Closed:
				counts <- n
			}
		})
	})
	c := s.dial()
	send(t, c, "go\n")
	c.Close()
	if n := <-counts; n.accepted == 0 || n.accepted != n.delivered {
		t.Errorf("%+v", n)
	}
}

// TestMailOfTheLastBatchInOrder: when a connection ends in the midst of a batch, the rest of the batch's mail comes before what is posted meanwhile, and between the two the word that some was
// refused: a machine that had the later mail without the earlier would believe that it has passed all on.
func TestMailOfTheLastBatchInOrder(t *testing.T) {
	for how, end := range map[string]func(out *stream.Output){"closed": (*stream.Output).Close, "doomed": func(*stream.Output) { panic("for the test") }} {
		got := make(chan []string, 1)
		s := serve(t, Config{Loops: 1, InboxSize: 3, Logger: quiet}, func() stream.Machine {
			var self stream.Mailbox
			var had []string
			return stepFunc(func(in *stream.Input, out *stream.Output) {
				switch in.Kind {
				case stream.Opened:
					self = in.Mailbox
				case stream.Element:
					for _, word := range []string{"1", "2", "3", "refused"} {
						self.Post(stream.Mail{Frame: lineFrame(word)})
					}
				case stream.Drained:
					had = append(had, "drained")
				case stream.Delivery:
					head, _, _ := in.Mail.Frame.Parts(out.Encoder.Encoding())
					had = append(had, strings.TrimSpace(string(head)))
					if len(had) == 1 {
						self.Post(stream.Mail{Frame: lineFrame("4")})
						end(out)
					}
				case stream.Closed:
					got <- had
				}
			})
		})
		c := s.dial()
		send(t, c, "go\n")
		if had := <-got; !slices.Equal(had, []string{"1", "2", "3", "drained", "4"}) {
			t.Errorf("%s: %q", how, had)
		}
		c.Close()
	}
}
