//go:build !invariants

package edge

// poisoning is for builds with the tag invariants.
const poisoning = false
