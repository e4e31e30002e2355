package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/xmpp/stream"
)

func writers(s *session) bool { return s.index%2 == 0 }
func readers(s *session) bool { return s.index%2 != 0 }

// Offline stores messages for receivers that are away, and lets these fetch them. A message counts as stored when the server has acked it (XEP-0198), and the
// writers ask for that again and again. Then the receivers log in, all send their presence at once, and a message counts as fetched when it has come. At last they log
// in once more, and get one message that is new: if anything comes before it, it comes again. The result is worth nothing when its Wrong is Any: the caller looks.
func Offline(ctx context.Context, c OfflineConfig) (r OfflineResult, err error) {
	if err := c.check(); err != nil {
		return r, err
	}
	f, err := newFleet(&c.Config)
	if err != nil {
		return r, err
	}
	defer f.stop()
	r.Sessions, r.Waiting = c.Sessions, c.Waiting
	err = f.each(func(_ int, l *loop) { l.startMail(&c) })
	if err == nil {
		_, _, err = f.login(ctx, writers, c.Parallel)
	}
	if err != nil {
		return r, err
	}
	c.Progress("messages are stored")
	all := uint64(c.Waiting) * uint64(c.Sessions/2)
	if r.Stored, err = f.transfer(ctx, "storing", all, func(l *loop) { l.storeMore(c.Waiting) }); err != nil {
		return r, errWith(err, f.wrong())
	}
	if r.Wrong = f.wrong(); r.Wrong.Any() {
		return r, nil // some were refused
	}
	if err := f.hold(ctx, readers); err != nil {
		return r, err
	}
	c.Progress("messages are fetched")
	if r.Fetched, err = f.transfer(ctx, "fetching", all, (*loop).appear); err != nil {
		return r, errWith(err, f.wrong())
	}
	if c.PID != 0 {
		if r.Memory, err = proc.Memory(c.PID); err != nil {
			return r, err
		}
	}
	err = f.fetchAgain(ctx, &c)
	if r.Wrong = f.wrong(); err != nil {
		return r, errWith(err, r.Wrong)
	}
	return r, f.logout(ctx, everybody)
}

// errWith is an error with what was wrong before.
func errWith(err error, w Wrong) error {
	if w.Any() {
		return fmt.Errorf("%w; %s", err, w.First)
	}
	return err
}

// hold logs sessions in that send no presence yet.
func (f *fleet) hold(ctx context.Context, who group) error {
	err := f.each(func(_ int, l *loop) { l.held = true })
	if err == nil {
		_, _, err = f.login(ctx, who, f.config.Parallel)
	}
	if err == nil {
		err = f.each(func(_ int, l *loop) { l.held = false })
	}
	return err
}

// transfer has every loop begin, and waits until so many messages have been moved.
func (f *fleet) transfer(ctx context.Context, what string, all uint64, begin func(l *loop)) (t Transfer, err error) {
	before, err := f.moment()
	if err == nil {
		err = f.each(func(_ int, l *loop) { l.hist = newHistogram(); begin(l) })
	}
	if err == nil {
		err = f.watch(ctx, what, f.config.Patience, func() (int64, bool) {
			n := f.delivered() - before.delivered
			return int64(n), n >= all
		})
	}
	if err != nil {
		return t, err
	}
	after, err := f.moment()
	seconds := (after.at - before.at).Seconds()
	t = Transfer{
		Messages: all, Seconds: seconds, PerSecond: float64(all) / seconds,
		ServerCPU: perMessage(after.server-before.server, all), OwnCPU: perMessage(after.own-before.own, all), ServerLoad: (after.server - before.server).Seconds() / seconds,
	}
	h := newHistogram()
	if err == nil {
		err = f.merge(h)
	}
	t.Latency = latencyOf(h)
	return t, err
}

// merge adds the times of all loops to h.
func (f *fleet) merge(h *hdrhistogram.Histogram) error {
	return f.each(func(_ int, l *loop) { h.Merge(l.hist) })
}

// noted is the time in which a server may note what was taken by a client that has logged out. Who comes back earlier may get it again: that is a
// promise of acks, which these clients do not have, and not what is measured.
const noted = time.Second

// fetchAgain logs the receivers out, and after a while in again, and writes one message more to each.
func (f *fleet) fetchAgain(ctx context.Context, c *OfflineConfig) error {
	if err := f.logout(ctx, readers); err != nil {
		return err
	}
	if err := f.sleepUntil(ctx, time.Since(f.begin)+noted); err != nil {
		return err
	}
	if _, _, err := f.login(ctx, readers, c.Parallel); err != nil {
		return err
	}
	pairs := uint64(c.Sessions / 2)
	goal := f.delivered() + 2*pairs // each is acked, and arrives
	if err := f.each(func(_ int, l *loop) { l.storeMore(1) }); err != nil {
		return err
	}
	return f.watch(ctx, "one message more", c.Patience, func() (int64, bool) {
		n := f.delivered()
		return int64(n), n >= goal
	})
}

// wrong is what was wrong on all loops that still run.
func (f *fleet) wrong() (w Wrong) {
	_ = f.each(func(_ int, l *loop) { w.add(l.wrong) })
	return w
}

// mail is the messages for receivers that are away.
type mail struct {
	OfflineConfig
	goal uint64 // so many messages of each pair are written
}

// ackEvery is after how many messages an ack is asked for: twice in a window, so that the server need not wait.
func (m *mail) ackEvery() int { return max(1, m.Window/2) }

// startMail makes the flows.
func (l *loop) startMail(c *OfflineConfig) {
	l.mail = &mail{OfflineConfig: *c}
	l.chat = &ChatConfig{Config: c.Config, Talk: Talk{Body: c.Body}}
	for i := 0; i+1 < len(l.sessions); i += 2 {
		from, to := l.sessions[i], l.sessions[i+1]
		from.deposit = &flow{number: uint64(from.index / 2), from: from, to: to, receiver: c.Account(to.index).String()}
		to.flow = from.deposit
		l.flows = append(l.flows, from.deposit)
	}
}

var errNoAcks = errors.New("the server does not offer acks (XEP-0198), and what it has stored is not known without")

// storeMore lets so many messages more be written in each pair.
func (l *loop) storeMore(n int) {
	l.mail.goal += uint64(n)
	for _, f := range l.flows {
		if !f.from.machine.Acks() {
			l.fail(errNoAcks)
			return
		}
		f.sender = []byte(f.from.machine.Address().String())
		l.store(f)
	}
}

// store writes what the window of f has room for. The last message is followed by the question whether it is stored.
func (l *loop) store(f *flow) {
	if f.sent == l.mail.goal || f.sent-f.acked > uint64(l.mail.Window-l.mail.ackEvery()) {
		return
	}
	f.from.speak(func(now time.Time, out *stream.Output) {
		for f.sent < l.mail.goal && f.sent-f.acked < uint64(l.mail.Window) {
			_ = f.from.machine.Send(now, out, f.message(l.mail.Body)) // it is bound, or the loop has failed
			f.times.push(l.now)
			f.sent++
		}
		if f.sent == l.mail.goal {
			f.from.machine.Ask(out)
		}
	})
}

// stored is called for each message that is acked.
func (l *loop) stored(f *flow) {
	record(l.hist, l.now-f.times.pop())
	f.acked++
	l.delivered.Add(1)
}

// fetched is called for each message that has come.
func (l *loop) fetched(s *session) {
	if s.flow.due == l.mail.goal {
		record(l.hist, l.now-s.since)
	}
}
