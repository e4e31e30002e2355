package xmltext

import (
	"flag"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	executions = flag.Int("executions", 0, "how many streams, counting each way of cutting, TestAgainstPlain decodes; how many streams TestExpat compares; 0: some")
	seed       = flag.Uint64("seed", 0, "seed of the streams, 0: a new one")
	from       = flag.Uint64("from", 0, "number of the first stream: what failed can be looked at alone")
)

// usualExecutions is 120,000 streams, each cut in three ways.
const usualExecutions = 120_000 * chunkings

// startSeed returns the seed of this run, and says so.
func startSeed(t *testing.T) uint64 {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("seed %d", s)
	return s
}

// enough is how many disagreements end a run.
const enough = 3

// TestAgainstPlain decodes generated and mutated streams, each cut in three ways, and compares event for event, node for node and byte for byte with the
// plain parser. A part of the elements is encoded again, which has to give the same.
func TestAgainstPlain(t *testing.T) {
	n := *executions
	if n == 0 {
		n = usualExecutions
		if testing.Short() {
			n /= 10
		}
	}
	r := volume{t: t, seed: startSeed(t), end: *from + uint64(n+chunkings-1)/chunkings}
	r.next.Store(*from)
	start := time.Now()
	workers := workers()
	r.run(workers)
	done, d := r.done.Load(), time.Since(start)
	t.Logf("%d executions in %v, %.0f a second with %d workers, seed %d", done, d.Round(time.Millisecond), float64(done)/d.Seconds(), workers, r.seed)
	t.Logf("streams: %s", r.counts)
}

// workers is what -parallel says: the number of cores when it is not given.
func workers() int {
	return flag.Lookup("test.parallel").Value.(flag.Getter).Get().(int)
}

// volume is a run of TestAgainstPlain.
type volume struct {
	t    *testing.T
	seed uint64
	end  uint64        // the number of the stream after the last
	next atomic.Uint64 // that of the first stream nobody has
	done atomic.Int64  // executions
	bad  atomic.Int64  // disagreements

	mu     sync.Mutex
	counts counts
}

// batch is how many streams a worker takes at a time.
const batch = 512

func (r *volume) run(workers int) {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			w := newWorker(r.seed)
			defer w.close()
			for r.bad.Load() < enough {
				first := r.next.Add(batch) - batch
				if first >= r.end {
					break
				}
				for i := first; i < min(first+batch, r.end) && r.bad.Load() < enough; i++ {
					if wrong := w.stream(i); wrong != "" {
						r.bad.Add(1)
						r.t.Error(wrong)
					}
					r.done.Add(chunkings)
				}
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.counts.add(&w.counts)
		})
	}
	all.Wait()
}

// counts are how many streams had which outcome: a generator whose streams all end alike tries little.
type counts struct {
	outcomes [16]uint64
	names    [16]string
	events   uint64
	bytes    uint64
}

// note counts a stream.
func (c *counts) note(outcome string, events, bytes int) {
	for i := range c.names {
		if c.names[i] == "" {
			c.names[i] = outcome
		}
		if c.names[i] == outcome {
			c.outcomes[i]++
			break
		}
	}
	c.events += uint64(events)
	c.bytes += uint64(bytes)
}

func (c *counts) add(d *counts) {
	for i, name := range d.names {
		for k := range c.names {
			if name != "" && (c.names[k] == "" || c.names[k] == name) {
				c.names[k] = name
				c.outcomes[k] += d.outcomes[i]
				break
			}
		}
	}
	c.events += d.events
	c.bytes += d.bytes
}

func (c counts) String() string {
	var b strings.Builder
	for i, name := range c.names {
		if name != "" {
			put(&b, "%s %d, ", name, c.outcomes[i])
		}
	}
	put(&b, "%d events, %d bytes", c.events, c.bytes)
	return b.String()
}
