package edge

import (
	"log/slog"
	"runtime"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compress"
)

// Config is everything about a Server that can be set. The zero value of each field means its default; where a field is a
// limit, a negative value means that there is none.
type Config struct {
	// Loops is the number of event loops. Default: GOMAXPROCS.
	Loops int
	// Logger gets what an operator may want to know. Default: slog.Default().
	Logger *slog.Logger

	// MaxConnections bounds the open connections of all listeners. When there are as many, a new one takes the place of the one that has not logged in for the longest
	// time, if there is one. Default: what RLIMIT_NOFILE leaves after Reserve; a higher value is
	// lowered to that.
	MaxConnections int
	// Reserve is the number of file descriptors that connections leave to the rest of the process: store, logs, outgoing
	// connections. Default: a quarter of RLIMIT_NOFILE, at most 1,024.
	Reserve int
	// MaxPerAddress bounds the connections from one IPv4 address or IPv6 /64. Whole towns share an address: default 4,096.
	MaxPerAddress int
	// RatePerAddress bounds the new connections per second from one IPv4 address or IPv6 /64. Default: 256.
	RatePerAddress int
	// LimitLoopback applies the two limits per address to connections from this host as well: they are otherwise exempt,
	// as they mostly come from a proxy or from tests.
	LimitLoopback bool

	// ProxyTimeout bounds the time from accept to the end of a PROXY header. Default: 5 s.
	ProxyTimeout time.Duration
	// HandshakeTimeout bounds the time that a peer may take for its part of a TLS or Noise handshake. What the server takes does not count, and neither does
	// the wait for a turn: that is bounded by HandshakeQueue. A quarter of it is all that a peer has while others wait only because so many peers do not go on
	// (see Handshakes). Default: 10 s.
	HandshakeTimeout time.Duration
	// LoginTimeout bounds the time from the first byte of XMPP that may come until the peer has logged in, whatever it sends. What jobs of the server take does
	// not count. Default: 30 s.
	LoginTimeout time.Duration
	// CloseTimeout bounds the time the last output may take to leave when a connection is closed. Default: 10 s.
	CloseTimeout time.Duration
	// LingerTimeout bounds the wait for the peer's end-of-file after ours. Default: 2 s.
	LingerTimeout time.Duration
	// DrainSpread is the time over which Shutdown tells the machines, so that they do not all come back at once. Default: 1 s.
	DrainSpread time.Duration

	// StrangerLimits bounds the elements of a peer that has not logged in. Default: codec.PreAuthLimits.
	StrangerLimits *codec.Limits
	// StrangerBytes bounds all the bytes of a peer that has not logged in, after decryption. Default: 65,536.
	StrangerBytes int
	// StrangerElements bounds all the first-level elements of a peer that has not logged in, stream headers included. Default: 64.
	StrangerElements int

	// ByteRate is how many bytes per second a peer that has logged in may send for long; it is read more slowly when it
	// sends more. Default: 64 KiB.
	ByteRate int
	// ByteBurst is how many bytes it may send at once. Default: 4 seconds' worth.
	ByteBurst int
	// StanzaRate is ByteRate for first-level elements. Default: 100 per second.
	StanzaRate int
	// StanzaBurst is ByteBurst for first-level elements. Default: 4 seconds' worth.
	StanzaBurst int

	// InflateRatio is how many bytes a compressed byte may become, on the average, where compression is on (XEP-0138). A stream that expands more is
	// closed. Default: 50.
	InflateRatio int
	// InflateBurst is how many bytes may come beyond that at once: at least as many as a stanza may have. Default: 262,144.
	InflateBurst int

	// HoldMark is how many bytes may wait undecoded, while a job runs or the rate is used up, before the loop stops
	// reading from the socket. Default: 16 KiB.
	HoldMark int
	// HoldLimit closes a connection when more bytes than that wait undecoded. It is beyond reach where the loop can stop reading (Linux). Default:
	// 512 KiB.
	HoldLimit int
	// SoftMark is how many bytes may wait unsent for a connection before its machine is told that the peer is slow. Default: 64 KiB.
	SoftMark int
	// HardMark closes a connection when more bytes than that wait unsent. Default: 4 MiB.
	HardMark int

	// InboxSize bounds the mail that waits in one loop's inbox. Default: 65,536.
	InboxSize int
	// Workers bounds the jobs that run at once for peers that have logged in. Default: 4 per loop, at least 8.
	Workers int
	// LoginWorkers bounds those for peers that have not, or are gone: when all clients come back at once, the others do not wait for them. Most of such
	// jobs wait for the disk, together. Default: 8 per loop, at least 16.
	LoginWorkers int
	// Searchers bounds those that compute for long, as searches of archives do, so that they leave room for the loops. Default: half of GOMAXPROCS, at least 1.
	Searchers int
	// WorkerQueue bounds the jobs that wait for peers that have not logged in; a connection whose job finds no place is closed. One that has logged in has a job at a time, and keeps its
	// place. Default: 16,384.
	WorkerQueue int
	// Handshakes bounds the handshakes that are under way at once: each waits on a goroutine for its peer. Default: 1,024.
	Handshakes int
	// HandshakeQueue bounds the handshakes that wait for their turn; more are refused. Default: 16,384.
	HandshakeQueue int
	// HandshakeCPUs bounds how many handshakes compute at once, so that a storm of them leaves room for the loops. Default: half of GOMAXPROCS, at least 1.
	HandshakeCPUs int

	// KeepAlive is the silence after which TCP asks whether the peer's host is still there; it asks four times a minute apart. Every such probe
	// wakes a sleeping phone. At most 9 h, which is Linux's bound. Default: 30 min, longer than the
	// link's longest heartbeat.
	KeepAlive time.Duration
	// NotSent is how many bytes that the network has not taken yet the kernel keeps for a connection of the link (TCP_NOTSENT_LOWAT, Linux): what is behind
	// them can still be overtaken. Default: 16 KiB.
	NotSent int
	// UserTimeout closes a connection whose peer has not acknowledged data, or has not opened its window, for that long (TCP_USER_TIMEOUT, Linux). Default:
	// 2 min.
	UserTimeout time.Duration
}

// The defaults that are plain numbers.
const (
	defaultReserve = 1024
	tick           = 100 * time.Millisecond // the resolution of all timers
	hurriedTick    = 10 * time.Millisecond  // between looks at connections with unsent output
	unlimited      = 1<<31 - 1
)

// withDefaults returns c with every zero replaced.
func (c Config) withDefaults() Config {
	procs := runtime.GOMAXPROCS(0)
	number(&c.Loops, procs)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	limit(&c.MaxPerAddress, 4096)
	limit(&c.RatePerAddress, 256)
	duration(&c.ProxyTimeout, 5*time.Second)
	duration(&c.HandshakeTimeout, 10*time.Second)
	duration(&c.LoginTimeout, 30*time.Second)
	duration(&c.CloseTimeout, 10*time.Second)
	duration(&c.LingerTimeout, 2*time.Second)
	duration(&c.DrainSpread, time.Second)
	if c.StrangerLimits == nil {
		c.StrangerLimits = &codec.PreAuthLimits
	}
	limit(&c.StrangerBytes, 65_536)
	limit(&c.StrangerElements, 64)
	limit(&c.ByteRate, 64<<10)
	limit(&c.ByteBurst, burst(c.ByteRate))
	limit(&c.StanzaRate, 100)
	limit(&c.StanzaBurst, burst(c.StanzaRate))
	limit(&c.InflateRatio, compress.DefaultLimits.Ratio)
	limit(&c.InflateBurst, compress.DefaultLimits.Burst)
	limit(&c.HoldMark, 16<<10)
	limit(&c.HoldLimit, 512<<10)
	limit(&c.SoftMark, 64<<10)
	limit(&c.HardMark, 4<<20)
	limit(&c.InboxSize, 65_536)
	number(&c.Workers, max(8, 4*c.Loops))
	number(&c.LoginWorkers, max(16, 8*c.Loops))
	number(&c.Searchers, max(1, procs/2))
	limit(&c.WorkerQueue, 16_384)
	number(&c.Handshakes, 1024)
	limit(&c.HandshakeQueue, 16_384)
	number(&c.HandshakeCPUs, max(1, procs/2))
	limit(&c.NotSent, 16<<10)
	duration(&c.KeepAlive, 30*time.Minute)
	duration(&c.UserTimeout, 2*time.Minute)
	return c
}

// burst returns four seconds of a rate.
func burst(rate int) int { return int(min(4*int64(rate), unlimited)) }

// number puts the default in the place of a value that is not positive.
func number(v *int, byDefault int) {
	if *v <= 0 {
		*v = byDefault
	}
}

// limit is number for a value that may be negative for "none".
func limit(v *int, byDefault int) {
	switch {
	case *v == 0:
		*v = byDefault
	case *v < 0:
		*v = unlimited
	}
}

func duration(v *time.Duration, byDefault time.Duration) {
	switch {
	case *v == 0:
		*v = byDefault
	case *v < 0:
		*v = time.Duration(1<<62 - 1)
	}
}
