//go:build !sabotage_early_ack && !sabotage_no_sync && !sabotage_no_dedupe

package store

// Builds that are broken on purpose, one build tag each. They exist so that the
// crash tests, here and in the whole server, can prove that they would notice:
// a crash test that passes on a sabotaged build tests nothing.
const (
	sabotageEarlyAck = false // Committed is called before the batch is applied
	sabotageNoSync   = false // batches are applied without sync
	sabotageNoDedupe = false // duplicates are not recognised
)
