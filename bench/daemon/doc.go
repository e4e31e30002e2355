// Package daemon runs the real server as a process of its own, with accounts made for a measurement: the same for benchmarks and for
// tests that kill it.
package daemon
