package edge

import (
	"math"
	"sync"
)

// lane runs functions on goroutines, at most max at once, in the order they came. Its goroutines exist only while there is
// work. Any goroutine may use it. When more comes to a courteous lane than it can do at once,
// its goroutines let the loops go first; what it does should hardly wait, because each needs a thread meanwhile.
type lane struct {
	mu      sync.Mutex
	max     int      // goroutines
	limit   int      // for waiting
	polite  bool     // its goroutines are courteous
	running int      // goroutines at work
	waiting []func() // a ring would not be worth it: the slice is reused when it runs empty
	head    int      // of waiting, the next to run
	idle    sync.WaitGroup
}

func newLane(workers, queue int) *lane { return &lane{max: workers, limit: queue} }

// courteous makes a lane that is new courteous.
func (l *lane) courteous() *lane {
	l.polite = true
	return l
}

// run runs f soon. It reports false when too many functions wait.
func (l *lane) run(f func()) bool { return l.admit(f, l.limit) }

// force runs f soon, however many wait: for what must be done, once at a time for each connection.
func (l *lane) force(f func()) { l.admit(f, math.MaxInt) }

func (l *lane) admit(f func(), limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running < l.max {
		l.running++
		l.idle.Add(1)
		go l.work(f)
		return true
	}
	if len(l.waiting)-l.head >= limit {
		return false
	}
	l.waiting = append(l.waiting, f)
	return true
}

// work runs f and then what waits.
func (l *lane) work(f func()) {
	defer l.idle.Done()
	growStack(0)
	f()
	if f = l.next(); f != nil && l.polite {
		beCourteous()
		defer endCourtesy()
	}
	for f != nil {
		f()
		f = l.next()
	}
}

// stackRoom is about what a lane's functions take, such as reading from the store. A goroutine begins with 2 KiB and doubles them, copying what is there, whenever they do not suffice: that was a
// twelfth of what a login costs.
const stackRoom = 9 << 10

// growStack makes that room in one step, while there is next to nothing to copy. i must be less than stackRoom; the compiler must not know it.
//
//go:noinline
func growStack(i int) byte {
	var room [stackRoom]byte
	return room[i]
}

// next takes the next function; without one the goroutine that asks must end.
func (l *lane) next() (f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.head == len(l.waiting) {
		l.running--
		return nil
	}
	f, l.waiting[l.head] = l.waiting[l.head], nil
	l.head++
	switch {
	case l.head == len(l.waiting):
		l.waiting, l.head = l.waiting[:0], 0
	case l.head > 1024 && l.head > len(l.waiting)/2:
		n := copy(l.waiting, l.waiting[l.head:])
		clear(l.waiting[n:])
		l.waiting, l.head = l.waiting[:n], 0
	}
	return f
}

// waits reports whether functions wait for a goroutine.
func (l *lane) waits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) > l.head
}

// wait returns when nothing runs or waits any more.
func (l *lane) wait() { l.idle.Wait() }
