//go:build race

package xmltext

// RaceEnabled says that the race detector is on: things are ten times as slow, and pools forget.
const RaceEnabled = true
