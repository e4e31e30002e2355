//go:build sabotage_no_dedupe

package store

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageEarlyAck = false
	sabotageNoSync   = false
	sabotageNoDedupe = true
)
