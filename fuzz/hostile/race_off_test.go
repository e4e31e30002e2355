//go:build !race

package hostile

// raced says that the race detector slows everything down.
const raced = false
