//go:build race

package compact_test

// raceEnabled: under the race detector sync.Pool drops values on purpose, so counts of allocations mean nothing.
const raceEnabled = true
