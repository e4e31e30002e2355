package crash

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"

	"github.com/godwit-im/godwit/store"
)

// wrap moves the counts of some streams that may be resumed to shortly before 2³², on the disk and in the client's memory. Nobody else may be at them.
func (t *troupe) wrap(s *store.Store, rng *rand.Rand) error {
	before := t.wrapped
	for _, a := range t.actors {
		if a.token == nil || rng.IntN(4) > 0 {
			continue
		}
		ok, err := a.wrap(s, uint32(rng.IntN(40)), uint32(rng.IntN(40)))
		if err != nil {
			return err
		}
		if ok {
			t.wrapped++
		}
	}
	if t.wrapped == before {
		return nil
	}
	_, err := s.Secret(fmt.Sprint("wrapped ", t.wrapped)) // a new one is synced, and what was before it: a loss must not move the server's count back and leave the client's
	return err
}

// wrap makes the client's own count so much less than 2³², and the one of what it got. It reports whether the server has the stream.
func (a *actor) wrap(s *store.Store, in, out uint32) (ok bool, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(a.token.ID)
	if err != nil {
		return false, err
	}
	id := store.StreamID(raw)
	rec, ok, err := s.Stream(a.address, id)
	if err != nil || !ok {
		return false, err
	}
	moved := *a.token // it is read-only
	moved.Accepted, moved.Received = -in, -out
	rec.In += moved.Accepted - a.token.Accepted
	rec.Out.Acked += moved.Received - a.token.Received
	a.token = &moved
	return true, s.Do(context.Background(), func(tx *store.Tx) error {
		if err := tx.SetStreamIn(a.address, id, rec.In); err != nil {
			return err
		}
		return tx.SetStreamOut(a.address, id, rec.Out)
	})
}
