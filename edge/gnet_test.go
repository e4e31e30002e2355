package edge

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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
	s := serve(t, Config{StanzaRate: -1, ByteRate: -1}, flooder(told, true))
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
	s := serve(t, Config{HardMark: mark, StanzaRate: -1, ByteRate: -1}, flooder(told, false))
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
	s := serve(t, Config{HardMark: 256 << 10, StanzaRate: -1, ByteRate: -1}, echo)
	line := strings.Repeat("x", 4000) + "\n"
	slow := fewer(40)
	for range slow {
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
	until(t, "all of them are closed", func() bool { return s.Stats().SlowReaders == uint64(slow) })
}
