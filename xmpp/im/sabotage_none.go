//go:build !sabotage_deliver_before_commit && !sabotage_cursor_early && !sabotage_count_outside_batch

package im

// Builds that are broken on purpose, one build tag each, as those of package store: the tests that
// crash the whole server prove with them that they would notice.
const (
	sabotageDeliverBeforeCommit = false // a message is delivered before its batch is durable
	sabotageCursorEarly         = false // cursors move with what is sent, not with what is taken
	sabotageCountOutsideBatch   = false // a stanza is counted in the batch of the next one
)
