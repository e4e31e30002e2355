//go:build sabotage_no_sync

package store

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageEarlyAck = false
	sabotageNoSync   = true
	sabotageNoDedupe = false
)
