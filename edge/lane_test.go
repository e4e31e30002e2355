package edge

import (
	"bufio"
	"io"
	"net"
	"testing"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestComersAndGoers: jobs of peers that have not logged in, or are gone, take no worker from those who are there, however many they are; and at their own limit a
// stranger is sent away, but what is left to do for one who is gone is done.
func TestComersAndGoers(t *testing.T) {
	release, done := make(chan bool), make(chan bool, 7)
	s := serve(t, Config{Workers: 1, LoginWorkers: 2, WorkerQueue: 3}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Element:
				switch text := string(in.Element.Text()); text {
				case "login":
					out.LoggedIn()
					fallthrough // its own job is one of those who are there
				case "work":
					out.Do(func() any { return text })
				default:
					out.Do(func() any { <-release; return text })
				}
			case stream.Result:
				out.Buf = append(append(out.Buf, in.Result.(string)...), '\n')
			case stream.Closed:
				out.Do(func() any { <-release; done <- true; return nil })
			}
		})
	})
	there := s.dial()
	r := bufio.NewReader(there)
	send(t, there, "login\n")
	expect(t, r, "login")
	var strangers []net.Conn
	for i := range 5 { // two run, three wait
		c := s.dial()
		send(t, c, "slow\n")
		until(t, "the job is taken", func() bool { return s.Stats().BytesReceived == uint64(6+5*(i+1)) })
		strangers = append(strangers, c)
	}
	send(t, there, "work\n")
	expect(t, r, "work")
	one := s.dial()
	send(t, one, "slow\n")
	_, _ = io.ReadAll(one)
	if n := s.Stats().Overloaded; n != 1 {
		t.Errorf("%d overloaded", n)
	}
	for _, c := range strangers {
		_ = c.Close()
	}
	until(t, "they are gone", func() bool { return s.Stats().Connections == 1 })
	send(t, there, "work\n")
	expect(t, r, "work")
	close(release)
	_ = there.Close()
	for range 7 {
		<-done
	}
	s.empty()
}

// TestSearches: however many search at once, only so many do, and others' jobs do not wait for them.
func TestSearches(t *testing.T) {
	release := make(chan bool)
	s := serve(t, Config{Workers: 1, Searchers: 2}, func() stream.Machine {
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			switch in.Kind {
			case stream.Element:
				out.LoggedIn()
				if text := string(in.Element.Text()); text == "search" {
					out.Search(func() any { <-release; return text })
				} else {
					out.Do(func() any { return text })
				}
			case stream.Result:
				out.Buf = append(append(out.Buf, in.Result.(string)...), '\n')
			}
		})
	})
	var readers []*bufio.Reader
	for range 3 {
		c := s.dial()
		send(t, c, "search\n")
		readers = append(readers, bufio.NewReader(c))
	}
	lanes := func() Metrics { return s.Metrics(t.Context()) }
	until(t, "two search and one waits", func() bool { return lanes().Searches == LaneMetrics{Running: 2, Waiting: 1} })
	c := s.dial()
	send(t, c, "work\n")
	expect(t, bufio.NewReader(c), "work")
	close(release)
	for _, r := range readers {
		expect(t, r, "search")
	}
	until(t, "nobody searches", func() bool { return lanes().Searches == LaneMetrics{} })
}
