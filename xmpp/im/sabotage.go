package im

import (
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
)

// Sabotaged names the sabotage this build contains, "" in an honest one.
func Sabotaged() string {
	switch {
	case sabotageDeliverBeforeCommit:
		return "deliver_before_commit"
	case sabotageCursorEarly:
		return "cursor_early"
	case sabotageCountOutsideBatch:
		return "count_outside_batch"
	}
	return ""
}

// lateCount writes the count of a stream by itself: the build with sabotageCountOutsideBatch does so when the stanza is durable.
type lateCount struct {
	stream *host.Stream
	h      uint32
}

func (c lateCount) Apply(tx *store.Tx) error {
	return tx.SetStreamIn(c.stream.Account, c.stream.ID, c.h)
}

func (lateCount) Committed(error) {}
