// Package bench measures Godwit: each workload is a package with a Config and a Run, bound to flags by `godwit bench`.
//
// A workload says what it did and gives figures; it claims nothing. Results that are published lie in results, each with the machine and the
// command that made it.
package bench
