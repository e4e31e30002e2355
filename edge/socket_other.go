//go:build !linux

package edge

import "net"

// setInherited does nothing: the user timeout is Linux's, and what else is inherited differs.
func setInherited(int, *Config) error { return nil }

// notInherited is what the net package is to set on each accepted socket.
func notInherited(cfg *Config) net.KeepAliveConfig { return probes(cfg) }

// setNotSent does nothing: where the option exists, it has other names.
func setNotSent(_, _ int) error { return nil }
