//go:build !race

package xmltext

// RaceEnabled: see race_test.go.
const RaceEnabled = false
