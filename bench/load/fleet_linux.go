package load

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// fleet is all sessions, on their loops. It is used by one goroutine.
type fleet struct {
	config *Config
	begin  time.Time
	loops  []*loop
	procs  int  // GOMAXPROCS before
	isTold bool // how connections are secured
}

// newFleet fills in what c leaves open and starts the loops. The caller calls stop.
func newFleet(c *Config) (*fleet, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	to, err := net.ResolveTCPAddr("tcp", c.Address)
	if err != nil {
		return nil, err
	}
	if err := needFiles(c.Sessions); err != nil {
		return nil, err
	}
	f := &fleet{config: c, begin: time.Now()}
	handshakes := make(chan struct{}, 8)
	for range c.Loops {
		l, err := newLoop(c, f.begin, handshakes)
		if err != nil {
			for _, l := range f.loops {
				l.closeFiles()
			}
			return nil, err
		}
		l.to = to.AddrPort()
		f.loops = append(f.loops, l)
	}
	for i := range c.Sessions {
		l := f.loops[i/c.together%len(f.loops)]
		l.sessions = append(l.sessions, &session{loop: l, tag: int32(len(l.sessions)), index: i, fd: -1})
	}
	f.procs = runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(f.procs, len(f.loops)+1))
	for _, l := range f.loops {
		go l.run()
	}
	return f, nil
}

// needFiles raises the limit of open files, if so many sessions need it.
func needFiles(sessions int) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil
	}
	need := uint64(sessions + 100)
	if limit.Cur >= need {
		return nil
	}
	if limit.Max < need {
		return fmt.Errorf("%d sessions need as many open files, and %d are allowed: ulimit -n %d", sessions, limit.Max, need)
	}
	limit.Cur = limit.Max
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
}

// stop ends the loops and all connections.
func (f *fleet) stop() {
	for _, l := range f.loops {
		l.do(func() { l.fail(errStop) })
	}
	for _, l := range f.loops {
		<-l.stopped
	}
	if f.procs > 0 {
		runtime.GOMAXPROCS(f.procs)
	}
}

// each has do called by every loop, and waits.
func (f *fleet) each(do func(i int, l *loop)) error {
	for i, l := range f.loops {
		if err := l.ask(func() { do(i, l) }); err != nil {
			return err
		}
	}
	return nil
}

// watch looks at the fleet until done says that it is, or a loop has ended, or nothing has happened for so long.
func (f *fleet) watch(ctx context.Context, what string, patience time.Duration, done func() (progress int64, ok bool)) error {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	last, since := int64(-1), time.Now()
	for {
		progress, ok := done()
		if ok {
			return nil
		}
		if progress != last {
			last, since = progress, time.Now()
		}
		if time.Since(since) > patience {
			return fmt.Errorf("%s: nothing happens any more, at %d", what, progress)
		}
		if err := f.failed(); err != nil {
			return fmt.Errorf("%s, at %d: %w", what, progress, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// failed returns why a loop has ended.
func (f *fleet) failed() error {
	for _, l := range f.loops {
		select {
		case <-l.stopped:
			return l.err
		default:
		}
	}
	return nil
}

func (f *fleet) arrived() (n int64) {
	for _, l := range f.loops {
		n += l.arrived.Load()
	}
	return n
}

func (f *fleet) delivered() (n uint64) {
	for _, l := range f.loops {
		n += l.delivered.Load()
	}
	return n
}

// login logs sessions in, so many at once, and returns how long that took, and how long each login.
func (f *fleet) login(ctx context.Context, who group, parallel int) (took time.Duration, each *hdrhistogram.Histogram, err error) {
	start, told := time.Now(), time.Now()
	all := 0
	err = f.each(func(_ int, l *loop) {
		l.took = newHistogram()
		all += l.startLogins(who, max(1, parallel/len(f.loops)))
	})
	if err != nil {
		return 0, nil, err
	}
	err = f.watch(ctx, "logging in", f.config.Patience, func() (int64, bool) {
		n := f.arrived()
		if time.Since(told) > time.Second {
			told = time.Now()
			f.config.Progress(fmt.Sprintf("%d of %d sessions", n, all))
		}
		return n, n == int64(all)
	})
	took = time.Since(start)
	if err != nil {
		return took, nil, err
	}
	each, how := newHistogram(), ""
	err = f.each(func(_ int, l *loop) {
		each.Merge(l.took)
		if l.secured != "" {
			how = l.secured
		}
	})
	if err == nil && !f.isTold {
		f.isTold = true
		f.config.Secured(how)
	}
	return took, each, err
}

// logout closes streams, and waits for the server to close its own ends.
func (f *fleet) logout(ctx context.Context, who group) error {
	if err := f.each(func(_ int, l *loop) { l.leave(who) }); err != nil {
		return err
	}
	return f.watch(ctx, "logging out", f.config.Patience, func() (n int64, ok bool) {
		if f.each(func(_ int, l *loop) { n += l.connected(who) }) != nil {
			return 0, false
		}
		return n, n == 0
	})
}
