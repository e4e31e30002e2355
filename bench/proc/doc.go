// Package proc asks the operating system about processes (the processor time and the memory of a server and of all that it has started), and keeps
// processes on chosen CPUs. It works on Linux; elsewhere every question is answered with ErrUnsupported.
package proc

import "errors"

// ErrUnsupported is the answer where the system is not Linux.
var ErrUnsupported = errors.New("processes can be measured and pinned on Linux only")
