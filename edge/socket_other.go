//go:build !linux

package edge

import (
	"syscall"
	"time"
)

// setUserTimeout does nothing: the option is Linux's.
func setUserTimeout(syscall.RawConn, time.Duration) error { return nil }

// setNotSent does nothing: where the option exists, it has other names.
func setNotSent(_, _ int) error { return nil }
