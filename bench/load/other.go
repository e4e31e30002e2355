//go:build !linux

package load

import (
	"context"
	"errors"
	"time"
)

var errLinux = errors.New("the load generator is made of epoll, which only Linux has")

// Chat lets pairs of sessions write to each other and measures what arrives.
func Chat(context.Context, ChatConfig) (r ChatResult, err error) { return r, errLinux }

// Login measures logins.
func Login(context.Context, Config) (r LoginResult, err error) { return r, errLinux }

// Idle measures the server's memory.
func Idle(context.Context, Config, time.Duration) (r IdleResult, err error) { return r, errLinux }

// Offline measures messages for receivers that are away.
func Offline(context.Context, OfflineConfig) (r OfflineResult, err error) { return r, errLinux }

// Storm measures the return of all sessions at once.
func Storm(context.Context, Config) (r StormResult, err error) { return r, errLinux }

// Presence measures changes of presence.
func Presence(context.Context, PresenceConfig) (r ChatResult, err error) { return r, errLinux }
