// Package staticcheck is what staticcheck must complain about.
package staticcheck

// Bad compares a number with itself.
func Bad(n int) bool { return n < n }
