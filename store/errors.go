package store

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart with errors.Is. All of them may be wrapped.
var (
	// ErrClosed: the store is closing or closed. Nothing was submitted.
	ErrClosed = errors.New("store: closed")

	// ErrFull: the commit queue is at one of its limits. Nothing was submitted;
	// the sender is to be slowed down (XMPP: stop reading, or wait and
	// resource-constraint).
	ErrFull = errors.New("store: commit queue is full")

	// ErrDiskFull: free disk space is below Options.MinFreeBytes. Nothing was
	// submitted; it goes on by itself when space is freed.
	ErrDiskFull = errors.New("store: disk is nearly full")

	// ErrCorrupt: bytes on disk are not what was written. After Pebble itself
	// reported corruption the store accepts no more operations.
	ErrCorrupt = errors.New("store: corrupt data")

	// ErrLocked: another process has the directory open.
	ErrLocked = errors.New("store: directory is in use by another process")

	// ErrFormat: the directory was written by a newer program, or is no store.
	ErrFormat = errors.New("store: unknown format")

	// ErrInvalid: an argument breaks a documented rule.
	ErrInvalid = errors.New("store: invalid argument")

	// ErrKeyInUse: the device key belongs to another device already.
	ErrKeyInUse = errors.New("store: device key in use")

	// ErrPanic: the operation panicked in Apply; nothing of it was written.
	ErrPanic = errors.New("store: operation panicked")
)

func invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}
