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

// Idle logs all sessions in and measures what the server's memory has grown by once it has not fallen for the time of settle, up to ten times that.
func Idle(ctx context.Context, c Config, settle time.Duration) (r IdleResult, err error) {
	f, err := newFleet(&c)
	if err != nil {
		return r, err
	}
	defer f.stop()
	if r.Before, err = f.settled(ctx, settle); err != nil {
		return r, err
	}
	if _, _, err := f.login(ctx, everybody, c.Parallel); err != nil {
		return r, err
	}
	c.Progress("waiting for the memory to settle")
	if r.After, err = f.settled(ctx, settle); err != nil {
		return r, err
	}
	r.Sessions, r.PerSession = c.Sessions, float64(r.After-r.Before)/float64(c.Sessions)
	return r, f.logout(ctx, everybody)
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
