package edge

import (
	"bufio"
	"io"
	"testing"

	"github.com/godwit-im/godwit/xmpp/stream"
)

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
