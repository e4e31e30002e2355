//go:build race

package edge

// raced says that the race detector watches, which makes everything slower.
const raced = true
