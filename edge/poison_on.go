//go:build invariants

package edge

// poisoning has the loop overwrite what it lends as soon as it is void.
const poisoning = true
