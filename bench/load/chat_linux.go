package load

import (
	"context"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/bench/proc"
)

// Chat lets pairs of sessions write to each other and measures what arrives. The result is worth nothing when its Wrong is Any: the caller looks.
func Chat(ctx context.Context, c ChatConfig) (r ChatResult, err error) {
	if err := c.check(); err != nil {
		return r, err
	}
	f, err := newFleet(&c.Config)
	if err != nil {
		return r, err
	}
	defer f.stop()
	if _, _, err := f.login(ctx, everybody, c.Parallel); err != nil {
		return r, err
	}
	c.Progress(fmt.Sprintf("%d sessions are logged in", c.Sessions))
	r.Asked = c.Rate
	p := f.pace(c.Warmup, c.Duration)
	err = f.each(func(i int, l *loop) {
		p := p
		p.loop = i
		l.startChat(&c, p)
	})
	if err != nil {
		return r, err
	}
	if err := f.measure(ctx, p, &r); err != nil {
		return r, err
	}
	return r, f.finish(ctx, &r)
}

// pace begins soon.
func (f *fleet) pace(warmup, duration time.Duration) pace {
	start := time.Since(f.begin) + 100*time.Millisecond
	return pace{start: start, from: start + warmup, until: start + warmup + duration, loops: len(f.loops)}
}

// moment is what is known at one time.
type moment struct {
	at        time.Duration
	delivered uint64
	server    time.Duration // processor time
	own       time.Duration
}

func (f *fleet) moment() (m moment, err error) {
	if f.config.PID != 0 {
		m.server, err = proc.CPU(f.config.PID)
	}
	m.own, m.delivered, m.at = proc.Own(), f.delivered(), time.Since(f.begin)
	return m, err
}

// sampled is how many samples there are of a run.
const sampled = 100

// measure follows the run up to its end.
func (f *fleet) measure(ctx context.Context, p pace, r *ChatResult) error {
	c := f.config
	step := max(100*time.Millisecond, (p.until-p.start)/sampled)
	var first moment
	last, err := f.moment()
	told := last
	for at := p.start; err == nil && at < p.until; {
		at = p.after(at, max(at, last.at)+step)
		if err := f.sleepUntil(ctx, at); err != nil {
			return err
		}
		var now moment
		if now, err = f.moment(); err != nil {
			break
		}
		r.Series = append(r.Series, f.sample(last, now, p.from))
		if now.at-told.at >= time.Second {
			c.Progress(progressLine(told, now, p.from))
			told = now
		}
		if last = now; at == p.from {
			first = now
		}
	}
	if err != nil {
		return fmt.Errorf("the server's processor time: %w", err)
	}
	seconds := (last.at - first.at).Seconds()
	r.Sessions = c.Sessions
	r.Delivered, r.Seconds = last.delivered-first.delivered, seconds
	r.PerSecond = float64(r.Delivered) / seconds
	r.ServerCPU, r.OwnCPU = perMessage(last.server-first.server, r.Delivered), perMessage(last.own-first.own, r.Delivered)
	r.ServerLoad = (last.server - first.server).Seconds() / seconds
	if c.PID != 0 {
		r.Memory, err = proc.Memory(c.PID)
	}
	return err
}

func (f *fleet) sample(last, now moment, zero time.Duration) Sample {
	seconds := (now.at - last.at).Seconds()
	s := Sample{
		At:        (now.at - zero).Seconds(),
		PerSecond: float64(now.delivered-last.delivered) / seconds,
		CPU:       (now.server - last.server).Seconds() / seconds,
	}
	if f.config.PID != 0 {
		s.Memory, _ = proc.Memory(f.config.PID)
	}
	return s
}

func progressLine(told, now moment, from time.Duration) string {
	seconds := (now.at - told.at).Seconds()
	s := fmt.Sprintf("%+.0f s: %.0f messages/s", (now.at - from).Seconds(), float64(now.delivered-told.delivered)/seconds)
	if n := now.delivered - told.delivered; n > 0 && now.server > 0 {
		s += fmt.Sprintf(", CPU for each: server %.1f µs, generator %.1f µs", perMessage(now.server-told.server, n), perMessage(now.own-told.own, n))
	}
	return s
}

func (f *fleet) sleepUntil(ctx context.Context, at time.Duration) error {
	timer := time.NewTimer(at - time.Since(f.begin))
	defer timer.Stop()
	for _, l := range f.loops {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.stopped:
			return l.err
		default:
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// finish waits for what is still under way, and counts.
func (f *fleet) finish(ctx context.Context, r *ChatResult) error {
	var under uint64
	late := f.watch(ctx, "waiting for the last messages", f.config.Patience, func() (int64, bool) {
		under = 0
		if f.each(func(_ int, l *loop) { under += l.underWay() }) != nil {
			return 0, false
		}
		return int64(under), under == 0
	})
	if err := f.failed(); err != nil {
		return err
	}
	h := newHistogram()
	if err := f.merge(h); err != nil {
		return err
	}
	r.Wrong = f.wrong()
	if late != nil {
		r.Wrong.Lost += int(under)
		r.Wrong.First = fmt.Sprintf("%d messages have not come: %s", under, r.Wrong.First)
	}
	r.Latency = latencyOf(h)
	return f.logout(ctx, everybody)
}
