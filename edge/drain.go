package edge

import (
	"context"
	"fmt"
	"time"
)

// Shutdown ends the Server in good order: no connection is accepted any more, each machine is told, spread over [Config.DrainSpread], and what
// is left when ctx ends is closed. It returns nil when every connection has ended by itself, and when no goroutine of the Server
// is left in any case.
func (s *Server) Shutdown(ctx context.Context) error {
	if !s.stopListening() {
		<-s.closed
		return nil
	}
	began, asked := time.Now(), s.admission.connections()
	for _, l := range s.loops {
		l.inbox.give(orderDrain)
	}
	s.awaitEmpty(ctx.Done())
	left := s.admission.connections()
	s.finish()
	s.log.Info("drained", "asked", asked, "closed", asked-left, "cut", left, "took", time.Since(began).Round(time.Millisecond))
	if left > 0 {
		return fmt.Errorf("edge: %d of %d connections did not end in time: %w", left, asked, ctx.Err())
	}
	return nil
}

// drain is how far a loop is with telling its machines that the server goes down.
type drain struct {
	asked bool // new connections are not wanted
	under bool // there are machines to tell
	conns []*conn
	told  int
	began time.Time
}

// obey does what the server has ordered.
func (l *loop) obey(o order) {
	if o&orderAsk != 0 {
		l.answer()
	}
	if o&orderDrain != 0 && !l.drain.asked {
		l.drain = drain{asked: true, under: l.open() > 0, began: l.now}
		for c := range l.all() {
			l.drain.conns = append(l.drain.conns, c)
		}
		l.goOnDraining()
	}
	if o&orderClose != 0 {
		l.drain = drain{asked: true}
		for c := range l.all() {
			c.doom(ErrShutdown)
		}
	}
}

// goOnDraining tells as many machines as the time since the order allows.
func (l *loop) goOnDraining() {
	d := &l.drain
	if !d.under {
		return
	}
	spread := l.server.config.DrainSpread
	share := len(d.conns)
	if passed := l.now.Sub(d.began) + tick; passed < spread {
		share = int(int64(share) * int64(passed) / int64(spread))
	}
	for ; d.told < share; d.told++ {
		d.conns[d.told].handle(event{kind: eventShutdown})
	}
	if d.told == len(d.conns) {
		d.under, d.conns = false, nil
	}
}
