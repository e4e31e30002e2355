package edge

import (
	"fmt"
	"sync/atomic"
	"time"
)

// counters count since the server began. They are shared.
type counters struct {
	accepted, vanished, refusedFull, refusedAddress, refusedBusy, acceptErrors, enrollFailed, ended,
	gaveWay, panics, slowReaders, heldTooMuch, late, overloaded, throttled, inboxFull,
	handshakes, handshakesFailed, injected, proxyFailed, stale atomic.Uint64
	enrolling atomic.Int64
}

// Stats is a look at a Server's counters. All but the first and last count from the beginning.
type Stats struct {
	Connections int // open now

	Accepted       uint64 // by the kernel, before any limit
	Vanished       uint64 // reset by the peer before they were looked at
	RefusedFull    uint64 // because MaxConnections were open, and all had logged in or more came than could be made room for
	RefusedAddress uint64 // because of a limit per address
	RefusedBusy    uint64 // because no loop took them
	AcceptErrors   uint64 // EMFILE and the like, each followed by a pause
	EnrollFailed   uint64 // accepted, but not registered with the kernel's poller
	Ended          uint64 // connections that are gone

	GaveWay          uint64 // closed before they had logged in, for others when MaxConnections were open
	Panics           uint64 // in machines, decoders and jobs
	SlowReaders      uint64 // closed at HardMark
	HeldTooMuch      uint64 // closed at HoldLimit
	Late             uint64 // closed for a deadline: handshake, login, last output
	Overloaded       uint64 // closed because no job or handshake could be taken
	Throttled        uint64 // times that a peer was read more slowly
	InboxFull        uint64 // mails refused
	Handshakes       uint64 // done
	HandshakesFailed uint64
	Injected         uint64 // closed for bytes behind the request for TLS
	ProxyFailed      uint64 // closed for their PROXY header
	Stale            uint64 // events that gnet had for connections which an event of the same round had closed; harmless

	BytesReceived uint64
	BytesSent     uint64 // handed to the kernel or to gnet

	LoopLagMax time.Duration // the longest that a tick has waited for its loop
}

// Stats returns the counters. The parts may be of slightly different moments.
func (s *Server) Stats() Stats {
	n := &s.count
	st := Stats{
		Connections: s.admission.connections(),
		Accepted:    n.accepted.Load(), Vanished: n.vanished.Load(), RefusedFull: n.refusedFull.Load(), RefusedAddress: n.refusedAddress.Load(),
		RefusedBusy: n.refusedBusy.Load(), AcceptErrors: n.acceptErrors.Load(), EnrollFailed: n.enrollFailed.Load(),
		Ended: n.ended.Load(), GaveWay: n.gaveWay.Load(), Panics: n.panics.Load(), SlowReaders: n.slowReaders.Load(),
		HeldTooMuch: n.heldTooMuch.Load(), Late: n.late.Load(), Overloaded: n.overloaded.Load(),
		Throttled: n.throttled.Load(), InboxFull: n.inboxFull.Load(), Handshakes: n.handshakes.Load(),
		HandshakesFailed: n.handshakesFailed.Load(), Injected: n.injected.Load(), ProxyFailed: n.proxyFailed.Load(),
		Stale: n.stale.Load(),
	}
	for _, l := range s.loops {
		st.BytesReceived += l.received.Load()
		st.BytesSent += l.sent.Load()
		st.LoopLagMax = max(st.LoopLagMax, time.Duration(l.lag.Load()))
	}
	return st
}

// gnetLog is what gnet logs to: it has little to say that an operator could use.
type gnetLog struct{ s *Server }

func (g gnetLog) Debugf(string, ...any) {}
func (g gnetLog) Infof(string, ...any)  {}
func (g gnetLog) Warnf(format string, args ...any) {
	// The only warning that a loop of v2.9.7 has is for an event of a descriptor that it does not know any more. We close connections
	// while gnet works through a list of events, so there are some; new connections wait until the list is done, so none of them is meant.
	g.s.count.stale.Add(1)
	g.s.log.Debug("gnet warns", "text", fmt.Sprintf(format, args...))
}
func (g gnetLog) Errorf(format string, args ...any) {
	g.s.log.Error("gnet reports an error", "text", fmt.Sprintf(format, args...))
}
func (g gnetLog) Fatalf(format string, args ...any) { g.Errorf(format, args...) }
