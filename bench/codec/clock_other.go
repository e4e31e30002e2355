//go:build !linux

package codec

import "time"

var begin = time.Now()

// processorTime returns the time that has passed, for want of a clock that counts what this process has used.
func processorTime() time.Duration { return time.Since(begin) }
