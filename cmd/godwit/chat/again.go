package chat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
)

const (
	dialTimeout  = 30 * time.Second // for a login, when the connection is made anew
	firstPause   = time.Second      // before the first attempt
	longestPause = 30               // the longest one, in first ones
)

// again connects anew, after pauses that grow, to go on with the stream r. The error is one that will not pass, or that of ctx, or Reconnect is over.
func (s *Session) again(ctx context.Context, why error, r *client.Resumption) (*client.Conn, error) {
	if s.Reconnect > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, s.Reconnect, fmt.Errorf("no connection for %v", s.Reconnect))
		defer stop()
	}
	for pause := s.Pause; ctx.Err() == nil; pause = min(2*pause, longestPause*s.Pause) {
		wait := spread(pause)
		s.tell(ctx, Event{Event: Disconnected, Time: time.Now(), Text: reason(why), Retry: wait.Seconds()})
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			continue
		}
		conn, err := s.dial(ctx, r)
		if err == nil || !passing(err) {
			return conn, err
		}
		why = err
	}
	return nil, errors.Join(why, context.Cause(ctx))
}

// dial tries once.
func (s *Session) dial(ctx context.Context, r *client.Resumption) (*client.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, dialTimeout)
	defer stop()
	return s.Dial(ctx, r)
}

// spread returns a pause a little shorter than d, so that not all clients of a server that was gone come back at once.
func spread(d time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d/4)))
	if err != nil {
		return d
	}
	return (d - time.Duration(n.Int64())).Round(10 * time.Millisecond)
}
