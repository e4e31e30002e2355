//go:build !sabotage_gap_on_resume && !sabotage_no_fence

package c2s

// Builds that are broken on purpose, one build tag each, as those of package store: the tests that
// crash the whole server prove with them that they would notice.
const (
	sabotageGapOnResume = false // a resumed stream goes on behind what was sent, not behind what was acked
	sabotageNoFence     = false // a connection goes on to be heard when another has taken its stream
)
