//go:build sabotage_count_outside_batch

package im

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageDeliverBeforeCommit = false
	sabotageCursorEarly         = false
	sabotageCountOutsideBatch   = true
)
