package crash

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/store"
)

var (
	losses  = flag.Int("losses", 60, "how many power losses TestPowerLoss simulates")
	kills   = flag.Int("kills", 20, "how many times TestKill kills the server")
	limit   = flag.Duration("for", 0, "begin no history after that time, 0: as many as it takes")
	seed    = flag.Uint64("seed", 0, "seed of the first history, the next has the next; 0: a new one")
	relaxed = flag.Bool("relaxed", false, "all histories are of relaxed durability, and not one in four")
)

// torture is a run of many histories, and counts what they cover.
type torture struct {
	what    string // of the crashes
	seed    uint64
	total   int // crashes
	each    int // in a history
	began   time.Time
	next    atomic.Int64  // history
	stopped chan struct{} // when progress need not be told any more

	mu                               sync.Mutex
	crashes, histories, violations   int
	acked, resumed, wrapped, trimmed int
	counts                           map[history.Kind]int
	seen                             map[string][2]int // crashes at which the server or some client was at that; and those that came when everybody had just been cut off from that
}

func newTorture(t *testing.T, what string, total, each int) *torture {
	s := *seed
	if s == 0 {
		s = rand.Uint64() >> 1
	}
	t.Logf("seed %d", s)
	return &torture{
		what: what, seed: s, total: total, each: each, began: time.Now(), stopped: make(chan struct{}),
		counts: map[history.Kind]int{}, seen: map[string][2]int{},
	}
}

// run plays the histories, as many at a time as -parallel says, and reports. The first that fails is the last.
func (r *torture) run(t *testing.T, play func(t *testing.T, r *torture, seed uint64, n int)) {
	go r.tell(t)
	t.Run("histories", func(t *testing.T) {
		for range workers() {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for !t.Failed() {
					i, ok := r.begin()
					if !ok {
						return
					}
					play(t, r, r.seed+uint64(i), min(r.each, r.total-i*r.each))
				}
			})
		}
	})
	close(r.stopped)
	t.Log(r.line())
	t.Log(r.table())
}

// workers is what -parallel says: the number of cores when it is not given.
func workers() int { return flag.Lookup("test.parallel").Value.(flag.Getter).Get().(int) }

// begin returns the number of the next history.
func (r *torture) begin() (i int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i = int(r.next.Add(1)) - 1
	return i, r.violations == 0 && i*r.each < r.total && (*limit == 0 || time.Since(r.began) < *limit)
}

// end judges a history.
func (r *torture) end(t *testing.T, cast *troupe, s *store.Store, crashes int) {
	t.Helper()
	bad := cast.judge(t, s)
	if t.Failed() {
		bad = max(bad, 1)
		t.Errorf("again: go test ./fuzz/crash -run '^%s$' -v -seed %d -%s %d%s%s", strings.Split(t.Name(), "/")[0], cast.seed, r.what, crashes,
			map[bool]string{true: " -relaxed"}[*relaxed], onNetwork())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.crashes += crashes
	r.histories++
	r.violations += bad
	r.acked += cast.acked()
	r.wrapped += cast.wrapped
	r.trimmed += int(cast.trimmed)
	for kind, n := range cast.counts() {
		r.counts[kind] += n
	}
	r.resumed = r.counts[history.Resumed]
}

// tell says every minute how far it is.
func (r *torture) tell(t *testing.T) {
	for {
		select {
		case <-time.After(time.Minute):
			t.Log(r.line())
		case <-r.stopped:
			return
		}
	}
}

// line says how far it is.
func (r *torture) line() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := time.Since(r.began)
	return fmt.Sprintf("%v: %d %s in %d histories, %v each; %d acked messages, %.0f a second; %d sessions, %d resumptions; %d violations",
		d.Round(time.Second), r.crashes, r.what, r.histories, (d / time.Duration(max(r.crashes, 1))).Round(time.Millisecond),
		r.acked, float64(r.acked)/d.Seconds(), r.counts[history.Bound], r.resumed, r.violations)
}

// state notes what was going on at a crash.
func (r *torture) state(what string, cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.seen[what]
	if cut {
		n[1]++
	} else {
		n[0]++
	}
	r.seen[what] = n
}

// states notes what all are at.
func (r *torture) states(cast *troupe, srv *server, cut bool) {
	var at [stages]bool
	for _, a := range cast.actors {
		at[a.stage()] = true
	}
	if srv != nil && srv.trimming.Load() {
		r.state("deleting old messages", cut)
	}
	for s, on := range at {
		if on {
			r.state(stage(s).String(), cut)
		}
	}
}

// table says what the crashes have met.
func (r *torture) table() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s while a client, or the server, was\tin it\tcut off from it just before\n", r.what)
	names := make([]string, 0, len(r.seen))
	for s := range r.seen {
		names = append(names, s)
	}
	slices.Sort(names)
	for _, s := range names {
		fmt.Fprintf(w, "  %s\t%d\t%d\n", s, r.seen[s][0], r.seen[s][1])
	}
	fmt.Fprintf(w, "resumptions\t%d\n", r.resumed)
	fmt.Fprintf(w, "failed ones, the count known\t%d\n", r.counts[history.Expired])
	fmt.Fprintf(w, "failed ones, nothing known (after relaxed losses)\t%d\n", r.counts[history.Forgotten])
	fmt.Fprintf(w, "counts moved to shortly before 2³²\t%d\n", r.wrapped)
	fmt.Fprintf(w, "messages on connections that had lost their streams\t%d\n", r.counts[history.Late])
	fmt.Fprintf(w, "copies\t%d\n", r.counts[history.Copy])
	fmt.Fprintf(w, "messages found in archives\t%d\n", r.counts[history.Paged]+r.counts[history.Fetched])
	fmt.Fprintf(w, "entries trimmed\t%d\n", r.trimmed)
	fmt.Fprintf(w, "losses of relaxed durability\t%d\n", r.counts[history.Loss])
	fmt.Fprintf(w, "acked messages\t%d\n", r.acked)
	w.Flush()
	return b.String()
}
