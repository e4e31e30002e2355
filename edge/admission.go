package edge

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// addrKey is what the limits per address count a connection under: an IPv4 address or an IPv6 /64. 0 is exempt.
type addrKey uint64

// keyOf returns the key of an address.
func (a *admission) keyOf(addr netip.Addr) addrKey {
	addr = addr.Unmap()
	switch {
	case !addr.IsValid(), addr.IsLoopback() && !a.loopback:
		return 0
	case addr.Is4():
		b := addr.As4()
		return 0xffff<<32 | addrKey(binary.BigEndian.Uint32(b[:])) // no /64 that is routed begins with 16 zero bits
	}
	b := addr.As16()
	return addrKey(binary.BigEndian.Uint64(b[:]))
}

// admission decides who may connect. Any goroutine may use it.
type admission struct {
	max, maxPer, ratePer int
	loopback             bool

	mu     sync.Mutex
	open   int
	per    map[addrKey]int32 // open connections
	recent map[addrKey]int32 // that came in this second
	second int64
}

func newAdmission(cfg *Config) *admission {
	return &admission{
		max: maxConnections(cfg), maxPer: cfg.MaxPerAddress, ratePer: cfg.RatePerAddress, loopback: cfg.LimitLoopback,
		per: make(map[addrKey]int32), recent: make(map[addrKey]int32),
	}
}

// maxConnections returns the most connections that the descriptors of the process allow, or fewer if so configured.
func maxConnections(cfg *Config) int {
	most := unlimited
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err == nil && r.Cur < unlimited {
		reserve := cfg.Reserve
		if reserve <= 0 {
			reserve = min(int(r.Cur)/4, defaultReserve)
		}
		own := 5*cfg.Loops + 8 // epoll, eventfd, waker and one being enrolled, for each loop; listeners
		most = max(1, int(r.Cur)-reserve-own)
	}
	if cfg.MaxConnections > 0 {
		return min(cfg.MaxConnections, most)
	}
	return most
}

// room is what there is for one more connection.
type room uint8

const (
	noRoom   room = iota
	pastFull      // one past the limit: its loop ends another
	free
)

// borrowed is how many connections may be open past max, until their loops have ended as many: a few, so that they take no descriptors from the rest of the process.
func (a *admission) borrowed() int { return min(1+a.max/64, 64) }

// enter takes a place. Past the limit there are some if strangers are there who can give way.
func (a *admission) enter(strangers bool) room {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := free
	switch {
	case a.open < a.max:
	case strangers && a.open < a.max+a.borrowed():
		r = pastFull
	default:
		return noRoom
	}
	a.open++
	return r
}

// crowded reports whether there are more connections than may be.
func (a *admission) crowded() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.open > a.max
}

// leave gives the place back, and the one under key.
func (a *admission) leave(key addrKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	if key == 0 {
		return
	}
	if n := a.per[key]; n > 1 {
		a.per[key] = n - 1
	} else {
		delete(a.per, key)
	}
}

// count counts a connection under key, and reports whether it may stay. One that may not is not counted.
func (a *admission) count(key addrKey, now time.Time) bool {
	if key == 0 {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := now.Unix(); s != a.second {
		a.second = s
		if len(a.recent) > 4096 {
			a.recent = make(map[addrKey]int32)
		}
		clear(a.recent)
	}
	if int(a.recent[key]) >= a.ratePer || int(a.per[key]) >= a.maxPer {
		return false
	}
	a.recent[key]++
	a.per[key]++
	return true
}

// addrOf returns the IP address in a.
func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr()
	}
	return netip.Addr{}
}

// connections returns how many are open.
func (a *admission) connections() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.open
}
