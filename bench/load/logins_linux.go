package load

import (
	"context"
	"time"

	"github.com/godwit-im/godwit/bench/proc"
)

// Login logs all sessions in twice, and measures the second time: in the first the clients find out what SCRAM makes of their passwords, if
// Config.Keys is given, and both sides warm up.
func Login(ctx context.Context, c Config) (r LoginResult, err error) {
	f, err := newFleet(&c)
	if err != nil {
		return r, err
	}
	defer f.stop()
	c.Progress("the first time, which does not count")
	if _, _, err := f.login(ctx, everybody, c.Parallel); err != nil {
		return r, err
	}
	if err := f.logout(ctx, everybody); err != nil {
		return r, err
	}
	c.Progress("the second time")
	if r, err = f.timedLogin(ctx, c.Parallel); err != nil {
		return r, err
	}
	return r, f.logout(ctx, everybody)
}

// timedLogin logs all sessions in, so many at once, and measures that.
func (f *fleet) timedLogin(ctx context.Context, parallel int) (r LoginResult, err error) {
	before, err := f.moment()
	if err != nil {
		return r, err
	}
	took, each, err := f.login(ctx, everybody, parallel)
	if err != nil {
		return r, err
	}
	after, err := f.moment()
	if err != nil {
		return r, err
	}
	r = LoginResult{
		Sessions: f.config.Sessions, Seconds: took.Seconds(), PerSecond: float64(f.config.Sessions) / took.Seconds(), Latency: latencyOf(each),
		ServerCPU: (after.server - before.server).Seconds() * 1000 / float64(f.config.Sessions),
		OwnCPU:    (after.own - before.own).Seconds() * 1000 / float64(f.config.Sessions),
	}
	if f.config.PID != 0 {
		if r.Memory, err = proc.Memory(f.config.PID); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Idle logs all sessions in, one half after the other, and measures what the server's memory has grown by each time, once it has not fallen for the time of settle, up to ten times that.
func Idle(ctx context.Context, c Config, settle time.Duration) (r IdleResult, err error) {
	f, err := newFleet(&c)
	if err != nil {
		return r, err
	}
	defer f.stop()
	if r.Before, err = f.settled(ctx, settle); err != nil {
		return r, err
	}
	half := c.Sessions / 2
	if r.Half, err = f.settledWith(ctx, func(s *session) bool { return s.index < half }, settle); err != nil {
		return r, err
	}
	if r.After, err = f.settledWith(ctx, func(s *session) bool { return s.index >= half }, settle); err != nil {
		return r, err
	}
	r.Sessions, r.PerSession = c.Sessions, float64(r.After-r.Before)/float64(c.Sessions)
	r.PerMore = float64(r.After-r.Half) / float64(c.Sessions-half)
	return r, f.logout(ctx, everybody)
}

// settledWith returns the server's memory once some more sessions are there, and it has settled.
func (f *fleet) settledWith(ctx context.Context, who group, settle time.Duration) (int64, error) {
	if _, _, err := f.login(ctx, who, f.config.Parallel); err != nil {
		return 0, err
	}
	f.config.Progress("waiting for the memory to settle")
	return f.settled(ctx, settle)
}

// settled returns the server's memory once it has not fallen by a hundredth for so long.
func (f *fleet) settled(ctx context.Context, quiet time.Duration) (int64, error) {
	least, err := proc.Memory(f.config.PID)
	for since, start := time.Now(), time.Now(); err == nil && time.Since(since) < quiet && time.Since(start) < 10*quiet; {
		if err := f.sleepUntil(ctx, time.Since(f.begin)+quiet/10); err != nil {
			return 0, err
		}
		var now int64
		if now, err = proc.Memory(f.config.PID); now < least-least/100 {
			least, since = now, time.Now()
		}
	}
	if err != nil {
		return 0, err
	}
	return proc.Memory(f.config.PID)
}
