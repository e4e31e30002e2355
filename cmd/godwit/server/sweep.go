package server

import (
	"context"
	"errors"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/im"
)

// sweepEach is how often archives are swept.
const sweepEach = time.Hour

// sweepArchives deletes what archives are not to keep, once at the start and then each hour, until ctx ends.
func (s *Server) sweepArchives(ctx context.Context) {
	ticker := time.NewTicker(sweepEach)
	defer ticker.Stop()
	for {
		for domain, h := range s.hosts {
			err := h.IM.(*im.IM).Sweep(ctx, time.Now())
			switch {
			case ctx.Err() != nil, errors.Is(err, store.ErrClosed):
				return
			case err != nil:
				s.log.Error("sweeping the archives failed", "host", domain, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
