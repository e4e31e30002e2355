package load

import (
	"context"
	"time"
)

// Storm logs all sessions in, resets their connections at one moment, as when the network between them and the server fails, and lets all of them log in again, Crowd
// at once, each as a new session with the same resource.
func Storm(ctx context.Context, c Config) (r StormResult, err error) {
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
	back, err := f.timedLogin(ctx, Crowd)
	if err != nil {
		return r, err
	}
	return StormResult(back), f.logout(ctx, everybody)
}

// calm is the time before the storm.
const calm = time.Second
