package edge

import (
	"net"
)

// enrollQueue is how many accepted connections may wait for one loop to take them.
const enrollQueue = 256

// enroller gives accepted connections to a gnet client, which waits until the loop has taken each; it has a goroutine, so that a slow loop
// does not hold up the accepting for the others.
type enroller struct {
	loop  *loop
	queue chan enrollment
	done  chan struct{}
}

type enrollment struct {
	socket net.Conn
	conn   *conn
}

func newEnroller(l *loop) *enroller {
	e := &enroller{loop: l, queue: make(chan enrollment, enrollQueue), done: make(chan struct{})}
	go e.run()
	return e
}

// enroll hands a connection over, and reports false when the loop has too many to take. It must not be called after close.
func (e *enroller) enroll(socket net.Conn, c *conn) bool {
	select {
	case e.queue <- enrollment{socket, c}:
		return true
	default:
		return false
	}
}

func (e *enroller) run() {
	defer close(e.done)
	for next := range e.queue {
		s := e.loop.server
		s.count.enrolling.Add(1)
		// gnet duplicates the descriptor, closes ours in any case, and returns when OnOpen has returned.
		_, err := e.loop.client.EnrollContext(next.socket, next.conn)
		if err != nil || !next.conn.begun {
			s.count.enrollFailed.Add(1)
			s.admission.leave(next.conn.addr)
			if s.seldom() {
				s.log.Warn("connection not taken by its loop", "cid", next.conn.id, "error", err)
			}
		}
		s.count.enrolling.Add(-1)
	}
}

// close waits until everything that was handed over is enrolled.
func (e *enroller) close() {
	close(e.queue)
	<-e.done
}
