package edge

import (
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"time"
)

// The times between attempts to accept after an error such as EMFILE, the pause after so many refusals, and after how many that had vanished others go first.
const (
	acceptBackoffMin = 5 * time.Millisecond
	acceptBackoffMax = 500 * time.Millisecond
	refusalPause     = 1250 * time.Microsecond
	refusalsPerPause = 8
	vanishedPerRest  = 8

	placePatience = 2 * time.Second
	placePause    = 2 * time.Millisecond
)

// acceptor takes connections from one listening socket and hands them to the loops in turn. It has a goroutine.
type acceptor struct {
	server   *Server
	listener *listener
	socket   net.Listener
	closed   atomic.Bool
	done     chan struct{}
}

// run accepts until the socket is closed. No error ends it before: what has run out comes back.
func (a *acceptor) run() {
	defer close(a.done)
	backoff, refusals := acceptBackoffMin, 0
	for {
		c, err := a.socket.Accept()
		switch {
		case err == nil && a.admit(c):
			backoff = acceptBackoffMin
		case err == nil:
			if refusals++; refusals%refusalsPerPause == 0 {
				time.Sleep(refusalPause) // to be full must not cost a core
			}
		case a.closed.Load() || errors.Is(err, net.ErrClosed):
			return
		default:
			a.server.acceptFailed(a.listener, err, backoff)
			time.Sleep(backoff)
			backoff = min(2*backoff, acceptBackoffMax)
		}
	}
}

// admit hands c to a loop, or refuses it. It reports whether there was room, and is false also when another has to make it.
func (a *acceptor) admit(c net.Conn) bool {
	s := a.server
	s.count.accepted.Add(1)
	if vanished(c) { // while it waited for us: as in a storm, whose clients have lost patience and come again
		_ = c.Close()
		if s.count.vanished.Add(1)%vanishedPerRest == 0 {
			runtime.Gosched() // nothing else here would wait, for as long as they come
		}
		return true
	}
	room := s.admission.enter(s.strangers.Load() > 0)
	if room == noRoom {
		s.count.refusedFull.Add(1)
		reset(c)
		return false
	}
	var key addrKey
	if !a.listener.ProxyProtocol {
		key = s.admission.keyOf(addrOf(c.RemoteAddr()))
		if !s.admission.count(key, time.Now()) {
			s.admission.leave(0)
			s.count.refusedAddress.Add(1)
			reset(c)
			return false
		}
	}
	if !a.place(c, &conn{listener: a.listener, id: s.ids.Add(1), addr: key}) {
		s.admission.leave(key)
		s.count.refusedBusy.Add(1)
		reset(c)
		return false
	}
	return room == free
}

// place gives a connection to the next loop that can take it. In a storm, when none can, those that come later wait in the
// kernel's backlog meanwhile; only loops that do not move at all have a connection refused.
func (a *acceptor) place(socket net.Conn, c *conn) bool {
	loops := a.server.loops
	for waited := time.Duration(0); waited < placePatience && !a.closed.Load(); waited += placePause {
		for range loops {
			c.loop = a.server.nextLoop()
			if c.loop.enroller.enroll(socket, c) {
				return true
			}
		}
		time.Sleep(placePause)
	}
	return false
}

// close stops the accepting and waits for its end.
func (a *acceptor) close() {
	a.closed.Store(true)
	_ = a.socket.Close()
	<-a.done
}
