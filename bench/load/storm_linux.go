package load

import (
	"context"
	"time"

	"github.com/godwit-im/godwit/bench/proc"
)

// Storm logs all sessions in, resets their connections at one moment, as when the network between them and the server fails, and lets all of them log in again, Crowd
// at once, each as a new session with the same resource.
func Storm(ctx context.Context, c Config) (r StormResult, err error) {
	if err := c.ready(); err != nil {
		return r, err
	}
	f, err := newFleet(&c)
	if err != nil {
		return r, err
	}
	defer f.stop()
	if _, _, err := f.login(ctx, everybody, c.Parallel); err != nil {
		return r, err
	}
	if err := f.sleepUntil(ctx, time.Since(f.begin)+calm); err != nil {
		return r, err
	}
	c.Progress("the storm")
	before, err := f.moment()
	if err != nil {
		return r, err
	}
	took, each, err := f.login(ctx, everybody, Crowd)
	if err != nil {
		return r, err
	}
	after, err := f.moment()
	if err != nil {
		return r, err
	}
	r = StormResult{
		Sessions: c.Sessions, Seconds: took.Seconds(), PerSecond: float64(c.Sessions) / took.Seconds(), Latency: latencyOf(each),
		ServerCPU: (after.server - before.server).Seconds() * 1000 / float64(c.Sessions),
		OwnCPU:    (after.own - before.own).Seconds() * 1000 / float64(c.Sessions),
	}
	if c.PID != 0 {
		if r.Memory, err = proc.Memory(c.PID); err != nil {
			return r, err
		}
	}
	return r, f.logout(ctx, everybody)
}

// calm is the time before the storm.
const calm = time.Second
