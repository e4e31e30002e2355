//go:build sabotage_early_ack

package store

// This build is broken on purpose, see sabotage_none.go.
const (
	sabotageEarlyAck = true
	sabotageNoSync   = false
	sabotageNoDedupe = false
)
