package edge

import (
	"bufio"
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/xmpp/stream"
)

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

// TestMailPassesHandshakes: what is of handshakes and logins waits for mail, comes out little by little and in its order, and keeps the loop coming.
func TestMailPassesHandshakes(t *testing.T) {
	in := &inbox{limit: 10, wake: func() {}}
	storm, known := &conn{id: 1}, &conn{id: 2}
	const storms = 50_000
	kinds := []itemKind{itemWire, itemSecured, itemLink, itemFailed, itemStranger}
	for i := range storms {
		in.post(item{conn: storm, kind: kinds[i%len(kinds)], mail: stream.Mail{Note: i}})
	}
	next := 0
	var m mail
	for batch := 0; ; batch++ {
		in.busy()
		in.bePatient()
		in.post(item{conn: known, kind: itemMail})
		in.post(item{conn: known, kind: itemResult})
		in.take(&m)
		if m.items[0].kind != itemMail || m.items[1].kind != itemResult || len(m.items) > 2+patientShare {
			t.Fatalf("batch %d: %d items, those for who has logged in are not the first", batch, len(m.items))
		}
		for _, it := range m.items[2:] {
			if it.mail.Note != next {
				t.Fatalf("%v in the place of %d", it.mail.Note, next)
			}
			next++
		}
		if !in.rest() {
			t.Fatal("the loop shall turn to its sockets")
		}
		if in.awake != in.again || in.again != (next < storms) {
			t.Fatalf("after %d: awake %v, again %v", next, in.awake, in.again)
		}
		if next == storms {
			break
		}
	}
	for i := range 4096 { // never quite empty
		for range patientShare {
			in.post(item{conn: storm, kind: itemWire})
		}
		in.bePatient()
		in.take(&m)
		if i == 0 {
			in.post(item{conn: storm, kind: itemWire})
		}
	}
	if n := len(in.patient); n > 4096 {
		t.Errorf("the inbox has grown to %d", n)
	}
}

// TestLoopComesAgain: a loop that has left patient items wakes itself, once.
func TestLoopComesAgain(t *testing.T) {
	l, c, f := bareLoop(t, C2S, lines, echo())
	wakes := 0
	l.inbox.wake = func() { wakes++ }
	l.OnOpen(f)
	l.inbox.busy()
	for range 3 * patientShare {
		l.inbox.post(item{conn: c, kind: itemWire})
	}
	waker := &fakeConn{context: l}
	left := func() int { return len(l.inbox.patient) - l.inbox.head }
	for range 2 { // its sockets have their turn first
		if l.OnTraffic(f); wakes != 1 || left() != 3*patientShare {
			t.Errorf("%d wakes, %d left", wakes, left())
		}
	}
	for want := 2; want >= 0; want-- {
		if l.OnTraffic(waker); left() != want*patientShare {
			t.Errorf("%d left, want %d", left(), want*patientShare)
		}
	}
	if wakes != 3 || l.inbox.awake {
		t.Errorf("%d wakes, awake %v", wakes, l.inbox.awake)
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
