//go:build unix

package main

import "golang.org/x/sys/unix"

// Whatever Godwit writes is its operator's alone: archives, keys, backups.
func init() { unix.Umask(0o077) }
