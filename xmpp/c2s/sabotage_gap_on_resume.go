//go:build sabotage_gap_on_resume

package c2s

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageGapOnResume = true
	sabotageNoFence     = false
)
