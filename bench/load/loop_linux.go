package load

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// loop is an event loop. All of it belongs to its goroutine, but for what is said to be shared.
type loop struct {
	config *Config
	chat   *ChatConfig // nil until messages flow
	mail   *mail       // nil: messages do not wait for receivers that are away
	begin  time.Time   // of all times here

	epoll, wake, timer int // descriptors
	sessions           []*session
	dirty              []*session // they have output
	flows              []*flow
	heralds            []*herald
	pace               pace  // of an open loop
	err                error // that ended it

	waiting   []*session              // to log in
	held      bool                    // who logs in sends no presence yet
	secured   string                  // how the last connection is, "" in the clear
	to        netip.AddrPort          // the server
	took      *hdrhistogram.Histogram // logins
	handshake chan struct{}           // shared: a place for each that may be under way at once

	encoder  codec.Encoder
	out      stream.Output
	reads    link.Desk
	writes   link.Desk
	scratch  codec.Scratch
	buffer   [1 << 16]byte
	plain    [1 << 15]byte
	expected []byte
	builder  codec.Builder
	events   [512]unix.EpollEvent

	now   time.Duration // of this turn
	hist  *hdrhistogram.Histogram
	wrong Wrong

	delivered atomic.Uint64 // shared: messages that have arrived, and those that were acked for a receiver that is away
	arrived   atomic.Int64  // shared: logins that are done
	mu        sync.Mutex
	todo      []func() // mu: what other goroutines want done
	stopped   chan struct{}
}

// The bounds of what a histogram takes, in microseconds: a minute, with three digits.
const (
	longest = 60_000_000
	digits  = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, digits) }

// record records a time, rounded up to microseconds.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(int64((d+time.Microsecond-1)/time.Microsecond), longest))
}

func newLoop(c *Config, begin time.Time, handshake chan struct{}) (l *loop, err error) {
	l = &loop{config: c, begin: begin, handshake: handshake, stopped: make(chan struct{}), timer: -1, wake: -1, hist: newHistogram(), encoder: xmltext.Encoder{}}
	if c.Mode == client.Link {
		l.encoder = compact.Encoder{}
	}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	if l.wake, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err == nil {
		err = l.watch(l.wake, unix.EPOLLIN|unix.EPOLLET, wakeTag)
	}
	if err == nil {
		if l.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC); err == nil {
			err = l.watch(l.timer, unix.EPOLLIN|unix.EPOLLET, timerTag)
		}
	}
	if err != nil {
		l.closeFiles()
		return nil, fmt.Errorf("an event loop: %w", err)
	}
	return l, nil
}

// Tags of descriptors that are no session's; those of sessions are their indexes in the loop.
const (
	wakeTag  = -1
	timerTag = -2
)

// newDecoder returns a decoder of what the server says.
func (l *loop) newDecoder() codec.Decoder {
	if l.config.Mode == client.Link {
		return compact.NewDecoder(&limits)
	}
	return xmltext.NewDecoder(&limits)
}

func (l *loop) watch(fd int, events uint32, tag int32) error {
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: tag})
}

func (l *loop) rewatch(fd int, events uint32, tag int32) error {
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: events, Fd: tag})
}

func (l *loop) closeFiles() {
	for _, fd := range []int{l.epoll, l.wake, l.timer} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// do has f called by the loop. Any goroutine may call it.
func (l *loop) do(f func()) {
	l.mu.Lock()
	l.todo = append(l.todo, f)
	l.mu.Unlock()
	one := [8]byte{1}
	unix.Write(l.wake, one[:])
}

// ask has f called by the loop and waits for it. The loop must not be the caller's.
func (l *loop) ask(f func()) error {
	done := make(chan struct{})
	l.do(func() { f(); close(done) })
	select {
	case <-done:
		return nil
	case <-l.stopped:
		return l.err
	}
}

// errStop ends a loop in good order.
var errStop = errors.New("stopped")

// run is the goroutine.
func (l *loop) run() {
	defer close(l.stopped)
	defer l.end()
	for l.err == nil {
		n, err := l.wait()
		if err != nil {
			l.fail(fmt.Errorf("epoll: %w", err))
			return
		}
		l.now = time.Since(l.begin)
		isWoken := false
		for i := range n {
			switch e := &l.events[i]; e.Fd {
			case wakeTag:
				isWoken = true
			case timerTag:
				l.tick()
			default:
				l.sessions[e.Fd].ready(e.Events)
			}
		}
		if isWoken {
			l.obey() // behind the events, which are of the connections that there were
		}
		l.flush()
	}
}

// wait waits for events: first without giving the thread up, as there mostly are some under load.
func (l *loop) wait() (n int, err error) {
	n, err = l.poll(0)
	if n == 0 && err == nil {
		if l.chat != nil {
			n, err = l.poll(nap)
		} else {
			n, err = unix.EpollWait(l.epoll, l.events[:], -1)
		}
	}
	if err == unix.EINTR {
		return 0, nil
	}
	return n, err
}

// nap is for how many milliseconds a loop sleeps at most while messages flow.
const nap = 10

// poll waits for events and does not tell Go's scheduler, which would look for something else to do with the thread, and wake others for
// that: at a thousand messages a second it would take more time than the messages. The loop keeps one of GOMAXPROCS meanwhile (newFleet adds them). Who stops the
// world sends a signal, which ends this.
func (l *loop) poll(timeout int) (int, error) {
	n, _, code := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(l.epoll), uintptr(unsafe.Pointer(&l.events[0])), uintptr(len(l.events)), uintptr(timeout), 0, 0)
	if code != 0 {
		return 0, code
	}
	return int(n), nil
}

// fail ends the loop because of err, the first counts.
func (l *loop) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

func (l *loop) obey() {
	l.mu.Lock()
	todo := l.todo
	l.todo = nil
	l.mu.Unlock()
	for _, f := range todo {
		f()
	}
}

// flush writes the output of all sessions that have some, once for each.
func (l *loop) flush() {
	for i := 0; i < len(l.dirty); i++ { // more may be added by what is done here
		s := l.dirty[i]
		s.isDirty = false
		s.flush()
	}
	l.dirty = l.dirty[:0]
}

// end gives everything back.
func (l *loop) end() {
	for _, s := range l.sessions {
		s.drop()
	}
	l.closeFiles()
}
