//go:build sabotage_no_fence

package c2s

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageGapOnResume = false
	sabotageNoFence     = true
)
