package network

import "time"

// The time-outs of retransmission.
const (
	synTimeout = time.Second            // RFC 6298, before anything was measured
	leastRTO   = 200 * time.Millisecond // what Linux waits at least beyond the round trip
	retries    = 15                     // as many as Linux makes; then the path is dead
	doublings  = 6                      // of the time-out, at most
)

// line is one direction of a connection as a schedule. It reads no clock and throws no dice: all is a function of its fields and of what is sent when. Times are since
// the network began.
type line struct {
	way     Way
	outages Outages
	seed    uint64
	id      uint64        // of connection and direction
	rto     time.Duration // until a lost packet is sent again

	sent int64         // what went before, as TCP numbers it: bytes of the stream, and one for a packet without
	free time.Duration // when the token bucket has nothing more to wait for
	last time.Duration // when the last packet arrives
	gone bool          // a packet was lost for good
}

// newLine returns a direction of a connection that is to be made over that network.
func newLine(p *Profile, way Way, seed, id uint64) line {
	return line{way: way, outages: p.Outages, seed: seed, id: id, rto: p.own(synTimeout)}
}

// established ends the handshake: from now on the round trip is known.
func (l *line) established(p *Profile) {
	l.rto = p.RTT() + max(p.own(leastRTO), 2*(p.Up.Jitter+p.Down.Jitter)) // RFC 6298: four deviations, the mean deviation of a jitter being about half of it
}

// send sends a packet with n bytes of the stream, and returns when it has left the queue, and when it arrives. One that is lost is sent again until it arrives; ok is false
// when it never does.
func (l *line) send(now time.Duration, n int) (departs, arrives time.Duration, ok bool) {
	if l.way.Rate > 0 {
		l.free = max(l.free, now-l.way.time(l.way.Burst)) + l.way.takes(n)
	}
	departs = max(now, l.free)
	at := departs
	for try := uint64(0); l.lost(at, try); try++ {
		if try == retries {
			l.gone = true
			break
		}
		at += l.rto << min(try, doublings)
	}
	late := share(l.way.Jitter, chance(l.seed, ofJitter, l.id, uint64(l.sent)))
	l.last = max(l.last, at+l.way.Delay+late)
	l.sent += int64(max(n, 1))
	return departs, l.last, !l.gone
}

// lost reports whether the packet that begins here is lost, the first time or when it is sent again.
func (l *line) lost(at time.Duration, try uint64) bool {
	return l.outages.at(at, l.seed) || l.way.Loss > 0 && chance(l.seed, ofLoss, l.id, uint64(l.sent), try) < l.way.Loss
}

// room returns when the queue can take a packet.
func (l *line) room() time.Duration { return l.free - l.way.time(l.way.Queue) }
