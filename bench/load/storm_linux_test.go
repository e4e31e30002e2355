package load

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/codec/xmltext"
)

func TestAStormCountsFromTheReset(t *testing.T) {
	c := Config{Account: account, Sessions: 2}
	if err := c.ready(); err != nil {
		t.Fatal(err)
	}
	l, err := newLoop(&c, time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.closeFiles()
	l.took, l.encoder, l.now = newHistogram(), xmltext.Encoder{}, 3*time.Second
	var far [2]int
	for i := range far {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(pair[1])
		far[i] = pair[1]
		s := &session{loop: l, index: i, fd: pair[0], state: live, decoder: l.newDecoder()}
		if err := s.newMachine(); err != nil {
			t.Fatal(err)
		}
		l.sessions = append(l.sessions, s)
	}
	if n := l.startLogins(everybody, 0); n != 2 || l.err != nil {
		t.Fatalf("%d log in: %v", n, l.err)
	}
	for i, s := range l.sessions {
		if n, err := unix.Read(far[i], make([]byte, 9)); s.fd >= 0 || s.state != idle || n != 0 || err != nil {
			t.Errorf("session %d has its connection: %+v, %d, %v", i, s.state, n, err)
		}
	}
	l.now = 5 * time.Second
	l.nextLogin() // to a port of nobody: it is begun, which is enough
	l.became(l.sessions[0])
	if got := time.Duration(l.took.Max()) * time.Microsecond; got < 2*time.Second || got > 2010*time.Millisecond {
		t.Errorf("its time is %v, which is not that from the reset", got)
	}
	l.sessions[0].isBack = false
	l.waiting = l.sessions[:1]
	if l.nextLogin(); l.sessions[0].since != l.now {
		t.Error("an ordinary login does not count from its own beginning")
	}
}
