package edge

import "time"

// allowance is how long a peer may still take for its handshake. Only its own time counts, not that in which the server computes or has others to serve
// first: in a storm everybody waits for the server, and who was sent away for it would come again and have all the work done twice.
type allowance struct {
	left  time.Duration // when since was
	since time.Time     // since when the server waits for the peer; zero: it does not
	begun time.Time
	total time.Duration
}

// newAllowance begins with the peer's turn.
func newAllowance(d time.Duration, now time.Time) allowance {
	return allowance{left: d, since: now, begun: now, total: d}
}

// theirs notes that it is the peer's turn, ours that it is the server's.
func (a *allowance) theirs(now time.Time) {
	if a.since.IsZero() {
		a.since = now
	}
}

func (a *allowance) ours(now time.Time) {
	a.left, a.since = a.at(now), time.Time{}
}

// at returns what is left, not below zero.
func (a *allowance) at(now time.Time) time.Duration {
	if a.since.IsZero() {
		return a.left
	}
	return max(0, a.left-max(0, now.Sub(a.since)))
}

// look returns when to look next whether the peer is late.
func (a *allowance) look(now time.Time) time.Duration { return min(a.at(now), a.quarter()) }

// quarter is what a peer has that holds up others.
func (a *allowance) quarter() time.Duration { return max(tick, a.total/4) }

// greedy reports whether it is the peer's turn and it has had its quarter.
func (a *allowance) greedy(now time.Time) bool {
	return !a.since.IsZero() && a.total-a.at(now) >= a.quarter()
}

// served returns the time that the server has taken.
func (a *allowance) served(now time.Time) time.Duration {
	return max(0, now.Sub(a.begun)-(a.total-a.at(now)))
}
