//go:build !sabotage_deliver_before_commit

package store

const sabotageSlow = false
