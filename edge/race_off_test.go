//go:build !race

package edge

// raced says that the race detector watches.
const raced = false
