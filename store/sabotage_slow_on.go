//go:build sabotage_deliver_before_commit

package store

// What this build breaks is in package im; here it only has more time to go wrong: a batch waits before it is made durable.
const sabotageSlow = true
