//go:build sabotage_deliver_before_commit

package im

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageDeliverBeforeCommit = true
	sabotageCursorEarly         = false
	sabotageCountOutsideBatch   = false
)
