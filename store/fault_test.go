package store

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

var (
	faultOps  = flag.Int("io.operations", 12, "messages that each run of TestEveryIOError commits")
	faultFrom = flag.Int("io.from", 0, "the disk operation that fails first in TestEveryIOError")
	faultRuns = flag.Int("io.runs", 1<<30, "how many of them fail, one a run")
)

// TestEveryIOError fails the n-th operation on the disk, for every n of a small
// run. Whatever happens, what was committed must be there afterwards.
//
// Pebble answers some errors with a panic that nothing recovers: the process
// ends, which is right, but the test does not want to. Where it can tell, it
// lets the store stand still instead (see panics and rotates). It cannot for the logs that
// are ended before the next begins: so one run has a single log unless it is long, in a store that
// exists, and the other fails everything but logs.
//
// A long run:
//
//	go test ./store -run TestEveryIOError -v -timeout 0 -io.operations 1000
func TestEveryIOError(t *testing.T) {
	t.Run("log", func(t *testing.T) {
		everyIOError(t, 16<<20, func(errorfs.Op) bool { return true })
	})
	t.Run("files", func(t *testing.T) {
		everyIOError(t, 64<<10, func(op errorfs.Op) bool {
			return !strings.HasSuffix(op.Path, ".log")
		})
	})
}

// everyIOError runs in processes of faultsPerProcess runs if they are long: a store that stands still keeps its memory.
func everyIOError(t *testing.T, memTable uint64, include func(errorfs.Op) bool) {
	if *faultOps <= 100 || *faultRuns <= faultsPerProcess {
		everyIOErrorHere(t, memTable, include)
		return
	}
	for from := *faultFrom; from < *faultFrom+*faultRuns; from += faultsPerProcess {
		cmd := exec.Command(os.Args[0], "-test.run", "^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v", "-test.timeout", "0",
			"-io.operations", fmt.Sprint(*faultOps), "-io.from", fmt.Sprint(from), "-io.runs", fmt.Sprint(faultsPerProcess))
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), faultsOver) {
			return
		}
	}
}

const (
	faultsPerProcess = 100
	faultsOver       = "no more operations"
)

func everyIOErrorHere(t *testing.T, memTable uint64, include func(errorfs.Op) bool) {
	fatal := 0
	for n := int32(*faultFrom); ; n++ {
		if int(n)-*faultFrom == *faultRuns {
			t.Logf("operations %d to %d failed in turn, %d of them ended the process", *faultFrom, n-1, fatal)
			return
		}
		memory := NewMemory()
		if oneLog := memTable > 1<<20; oneLog {
			openMemory(t, memory, Options{}).Close()
		}
		run := faultRun{memory: memory, memTable: memTable, include: include, dead: make(chan struct{})}
		injected := run.live(n)
		if run.isDead() {
			fatal++
		}
		if err := run.check(); err != nil {
			t.Fatalf("operation %d fails: %v\nagain: go test ./store -run %s -io.operations %d -io.from %d -io.runs 1", n, err, t.Name(), *faultOps, n)
		}
		if !injected {
			if len(run.acked) != *faultOps {
				t.Fatalf("without a fault %d of %d operations were committed", len(run.acked), *faultOps)
			}
			t.Logf("operations %d to %d failed in turn, %d of them ended the process; %s", *faultFrom, n-1, fatal, faultsOver)
			if *faultFrom == 0 && (n < 50 || fatal == 0) {
				t.Fatal("the run is too small to mean anything")
			}
			return
		}
	}
}

// faultBytes is how long a message is: few ones are long, so that files are written all the same.
func faultBytes() int { return max(1<<10, 96<<10 / *faultOps) }

type faultRun struct {
	memory   *Memory
	memTable uint64
	include  func(errorfs.Op) bool
	dead     chan struct{} // closed where the process would have ended
	once     sync.Once
	mu       sync.Mutex
	acked    []string
}

func (r *faultRun) isDead() bool {
	select {
	case <-r.dead:
		return true
	default:
		return false
	}
}

// fatal stands for os.Exit: the goroutine, with all its locks, stands still.
func (r *faultRun) fatal(string) {
	r.once.Do(func() { close(r.dead) })
	select {}
}

// panics reports whether Pebble panics if its I/O fails now, on this goroutine.
func panics() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, ".rotateWAL") || strings.HasSuffix(f.Function, "(*Marker).Move") {
			return true
		}
		if !more {
			return false
		}
	}
}

// rotates reports whether a log is being ended on some goroutine, which waits for what another one writes.
func rotates() bool {
	stacks := make([]byte, 4<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, ".rotateWAL(") && !strings.Contains(stack, "(*faultRun).fatal(") {
			return true
		}
	}
	return false
}

// live runs a store whose n-th disk operation fails and reports whether there
// were that many.
func (r *faultRun) live(n int32) bool {
	var count atomic.Int32
	fs := errorfs.Wrap(r.memory.fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if r.include(op) && count.Add(1) == n+1 {
			if panics() || rotates() {
				r.fatal("")
			}
			return errorfs.ErrInjected
		}
		return nil
	}))
	o := quiet(Options{MemTableBytes: r.memTable, CacheBytes: 1 << 20})
	o.hooks.noFlush = r.memTable > 1<<20
	o.hooks.fs, o.hooks.fatal = fs, r.fatal
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		r.work(o)
	}()
	select {
	case <-finished:
	case <-r.dead:
	}
	return count.Load() > n
}

func (r *faultRun) work(o Options) {
	s, err := OpenMemory(r.memory, o)
	if err != nil {
		return // refused: nothing was promised
	}
	for i := range *faultOps {
		op := &faultOp{r: r, text: fmt.Sprintf("%04d%s", i, strings.Repeat("x", faultBytes())), done: make(chan struct{})}
		if err := s.Submit(op); err != nil {
			break
		}
		select {
		case <-op.done:
		case <-r.dead:
			return
		}
	}
	s.Close()
}

type faultOp struct {
	r    *faultRun
	text string
	done chan struct{}
}

func (op *faultOp) Apply(tx *Tx) error {
	_, _, err := tx.Append(message(op.text, op.text[:4]))
	return err
}

func (op *faultOp) Committed(err error) {
	if err == nil {
		op.r.mu.Lock()
		op.r.acked = append(op.r.acked, op.text)
		op.r.mu.Unlock()
	}
	close(op.done)
}

// check opens what a power cut right now would leave, with nothing unsynced.
func (r *faultRun) check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	after := &Memory{fs: r.memory.fs.CrashClone(vfs.CrashCloneCfg{})}
	s, err := OpenMemory(after, quiet(Options{}))
	if err != nil {
		return err
	}
	defer s.Close()
	i := 0
	err = s.Archive(juliet, 0, 0, func(_ uint64, e Entry) bool {
		if i < len(r.acked) && string(e.Stanza) == r.acked[i] {
			i++
		}
		return true
	})
	if err == nil && i < len(r.acked) {
		err = errors.New("a committed message is missing")
	}
	return err
}

// TestFatalEndsTheProcess: Pebble calls Fatalf when a log sync failed, and would
// report success for that commit if it returned.
func TestFatalEndsTheProcess(t *testing.T) {
	if os.Getenv("STORE_TEST_FATAL") != "" {
		fatalChild()
		os.Exit(0) // not reached
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestFatalEndsTheProcess$")
	cmd.Env = append(os.Environ(), "STORE_TEST_FATAL=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the process ended with %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "fatal") || strings.Contains(string(out), "COMMITTED") {
		t.Fatalf("unexpected output:\n%s", out)
	}
}

// fatalChild fails the first log sync after Open.
func fatalChild() {
	var armed atomic.Bool
	m := NewMemory()
	o := Options{}
	o.hooks.fs = errorfs.Wrap(m.fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if armed.Load() && strings.HasSuffix(op.Path, ".log") && op.Kind == errorfs.OpFileSyncData {
			return errorfs.ErrInjected
		}
		return nil
	}))
	s, err := OpenMemory(m, o)
	if err != nil {
		panic(err)
	}
	armed.Store(true)
	err = s.Do(ctx, func(tx *Tx) error { return tx.SpacePut("x", romeo, nil, nil) })
	fmt.Println("COMMITTED", err)
}
