//go:build !race

package codec

// raceEnabled says that the race detector is on.
const raceEnabled = false
