//go:build sabotage_cursor_early

package im

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageDeliverBeforeCommit = false
	sabotageCursorEarly         = true
	sabotageCountOutsideBatch   = false
)
