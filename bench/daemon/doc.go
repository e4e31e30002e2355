// Package daemon runs the real server as a process of its own, with accounts made for a measurement. Benchmarks start it so, and tests that
// kill it.
package daemon
