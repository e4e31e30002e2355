package load

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// pace says when messages are written.
type pace struct {
	start, from, until time.Duration // they begin, are measured, and end
	loop, loops        int           // which one of how many it is: they take turns
	next               int           // in an open loop: the number of the loop's next message
}

// after returns the time to look at what was delivered, when it was looked at for before: next, but neither the beginning nor the end of the measurement is passed over.
func (p *pace) after(before, next time.Duration) time.Duration {
	if before < p.from {
		return min(next, p.from)
	}
	return min(next, p.until)
}

// shortest is the least time between two looks at what is due.
const shortest = 50 * time.Microsecond

// startChat lets messages flow.
func (l *loop) startChat(c *ChatConfig, p pace) {
	l.chat, l.pace = c, p
	for i := 0; i+1 < len(l.sessions); i += 2 {
		l.flows = append(l.flows, newFlow(uint64(l.sessions[i].index/2), l.sessions[i], l.sessions[i+1], c))
	}
	if c.Rate == 0 {
		for _, f := range l.flows {
			l.credit(f)
		}
		return
	}
	interval := max(shortest, time.Duration(float64(time.Second)*float64(p.loops)/c.Rate))
	if err := setTimer(l.timer, max(p.start-l.now, 1), interval); err != nil {
		l.fail(fmt.Errorf("a timer: %w", err))
	}
}

func setTimer(fd int, first, interval time.Duration) error {
	return unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: unix.NsecToTimespec(int64(interval)), Value: unix.NsecToTimespec(int64(first))}, nil)
}

// credit writes what the window of f has room for, in a closed loop.
func (l *loop) credit(f *flow) {
	if l.chat.Rate > 0 || l.now >= l.pace.until {
		return
	}
	for f.sent-f.due < uint64(l.chat.Window) {
		f.write(l.now, l.chat.Body)
	}
}

// tick writes what is due, in an open loop. The messages of all loops are evenly spread in time, and over the flows.
func (l *loop) tick() {
	unix.Read(l.timer, l.buffer[:8]) // which starts it again
	if l.chat == nil {
		return
	}
	for {
		n := float64(l.pace.next*l.pace.loops + l.pace.loop)
		at := l.pace.start + time.Duration(n/l.chat.Rate*float64(time.Second))
		if at >= l.pace.until {
			setTimer(l.timer, 0, 0)
			return
		}
		if at > l.now {
			return
		}
		l.flows[l.pace.next%len(l.flows)].write(at, l.chat.Body)
		l.pace.next++
	}
}

// underWay returns how many messages, or presences, have been written and have not arrived.
func (l *loop) underWay() (n uint64) {
	for _, f := range l.flows {
		n += f.sent - f.due
	}
	for _, h := range l.heralds {
		n += uint64(h.left)
	}
	return n
}
