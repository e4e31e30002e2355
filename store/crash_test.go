package store

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// The crash test: senders submit messages as fast as they can, the power fails
// at a random moment, the store is opened on what is left, and what was
// committed must be there, once, in order. Senders then do what XMPP clients do:
// they ask how far the server got (here: the stream's count, which is in the
// same batch) and send again from somewhat before that point.

const (
	crashSenders = 3
	crashSpace   = "crash-test"
)

var (
	crashSeed  = flag.Uint64("crash.seed", uint64(time.Now().UnixNano()), "seed of the first life")
	crashLives = flag.Uint64("crash.lives", 6, "disks that crash 20 times each")
)

const crashesPerLife = 20

// TestCrash crashes 120 times. A long run: go test -run TestCrash -crash.lives 10000
func TestCrash(t *testing.T) {
	t.Logf("seed %d", *crashSeed)
	acked := 0
	for life := range *crashLives {
		w := newCrashWorld(*crashSeed + life)
		for crash := range crashesPerLife {
			if err := w.liveAndCrash(); err != nil {
				t.Fatalf("life seed %d, crash %d: VIOLATION: %v", *crashSeed+life, crash, err)
			}
		}
		acked += len(w.acked)
	}
	t.Logf("%d crashes, %d committed operations, 0 violations", *crashLives*crashesPerLife, acked)
}

type crashWorld struct {
	rng    *rand.Rand
	memory *Memory
	mu     sync.Mutex
	acked  []*crashOp // in the order of Committed
	next   [crashSenders]int
}

func newCrashWorld(seed uint64) *crashWorld {
	return &crashWorld{rng: rand.New(rand.NewPCG(seed, 1)), memory: NewMemory()}
}

// crashOp is message n of a sender's stream.
type crashOp struct {
	w       *crashWorld
	sender  int
	n       int
	from    jid.JID
	to      jid.JID
	seqs    [2]uint64 // in the archives of from and to
	done    chan<- error
	payload string
}

func crashAccount(i int) jid.JID { return jid.MustParse(fmt.Sprintf("user%d@example.org/phone", i)) }

func (w *crashWorld) op(sender, n int, done chan<- error) *crashOp {
	// The recipient is a function of (sender, n), for a resent message is the same.
	to := crashAccount((sender + 1 + n%(crashSenders-1)) % crashSenders)
	return &crashOp{
		w: w, sender: sender, n: n, from: crashAccount(sender), to: to, done: done,
		payload: fmt.Sprintf("message %d of %d", n, sender),
	}
}

func (op *crashOp) Apply(tx *Tx) (err error) {
	e := Entry{
		Account: op.from, With: op.to, From: op.from, Outgoing: true,
		OriginID: fmt.Appendf(nil, "%d-%d", op.sender, op.n), Stanza: []byte(op.payload),
	}
	if op.seqs[0], _, err = tx.Append(e); err != nil {
		return err
	}
	e.Account, e.With, e.Outgoing = op.to, op.from, false
	if op.seqs[1], _, err = tx.Append(e); err != nil {
		return err
	}
	old, _, err := tx.SpaceGet(crashSpace, op.from, nil)
	if err == nil && (len(old) == 0 || binary.BigEndian.Uint64(old) < uint64(op.n)) {
		err = tx.SpacePut(crashSpace, op.from, nil, binary.BigEndian.AppendUint64(nil, uint64(op.n)))
	}
	return err
}

func (op *crashOp) Committed(err error) {
	if err == nil {
		op.w.mu.Lock()
		op.w.acked = append(op.w.acked, op)
		op.w.mu.Unlock()
	}
	op.done <- err
}

// liveAndCrash runs the store until a power cut and checks what is left.
func (w *crashWorld) liveAndCrash() error {
	s, err := OpenMemory(w.memory, quiet(Options{MemTableBytes: 256 << 10, QueueOps: 32}))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	acks := w.rng.IntN(60)
	done := make(chan error, 1024)
	stop := make(chan struct{})
	var senders sync.WaitGroup
	for i := range crashSenders {
		senders.Go(func() { w.send(s, i, done, stop) })
	}
	for range acks {
		if err := <-done; err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	// What was acked up to here must survive; what comes now may.
	w.mu.Lock()
	acked := w.acked[:len(w.acked):len(w.acked)]
	w.mu.Unlock()
	after := w.memory.Crash(w.rng.Uint64())
	close(stop)
	senders.Wait()
	go func() {
		for range done {
		}
	}()
	if err := s.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	close(done)
	w.memory, w.acked = after, acked
	return w.check()
}

// send is one sender: it goes on from where the last life ended, and twice in
// three lives sends the last messages again.
func (w *crashWorld) send(s *Store, sender int, done chan<- error, stop chan struct{}) {
	for n := w.next[sender]; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		op := w.op(sender, n+1, done)
		for {
			err := s.Submit(op)
			if err == nil {
				break
			}
			if !errors.Is(err, ErrFull) {
				panic(err)
			}
			runtime.Gosched()
		}
		if n%8 == 7 {
			time.Sleep(50 * time.Microsecond) // batches of different sizes
		}
	}
}

func (w *crashWorld) check() error {
	s, err := OpenMemory(w.memory, quiet(Options{}))
	if err != nil {
		return fmt.Errorf("open after the crash: %w", err)
	}
	defer s.Close()
	if w.rng.IntN(4) == 0 { // the slowest part
		report, err := s.Verify(context.Background(), nil)
		if err != nil || report.Faults > 0 {
			return fmt.Errorf("verify: %v %v", err, report.First)
		}
	}
	archives := make([]map[string]uint64, crashSenders)
	for i := range archives {
		if archives[i], err = w.checkArchive(s, i); err != nil {
			return fmt.Errorf("archive of %d: %w", i, err)
		}
	}
	for _, op := range w.acked {
		for i, account := range []jid.JID{op.from, op.to} {
			if seq := archives[crashIndex(account)][op.payload]; seq != op.seqs[i] {
				return fmt.Errorf("%q was committed at %d of %s and is at %d", op.payload, op.seqs[i], account, seq)
			}
		}
	}
	return w.resume(s)
}

func crashIndex(j jid.JID) int { return int(j.Local()[len("user")] - '0') }

// checkArchive checks that each message is there once and each stream's
// messages are in order, and returns where they are.
func (w *crashWorld) checkArchive(s *Store, account int) (map[string]uint64, error) {
	seqs := make(map[string]uint64)
	last := make(map[string]int)
	var fault error
	err := s.Archive(crashAccount(account), 0, 0, func(seq uint64, e Entry) bool {
		var n, sender int
		fmt.Sscanf(string(e.Stanza), "message %d of %d", &n, &sender)
		stream := fmt.Sprint(sender, e.With, e.Outgoing)
		switch {
		case seqs[string(e.Stanza)] != 0:
			fault = fmt.Errorf("%q is there twice", e.Stanza)
		case last[stream] >= n:
			fault = fmt.Errorf("%q comes after message %d", e.Stanza, last[stream])
		}
		last[stream] = n
		seqs[string(e.Stanza)] = seq
		return fault == nil
	})
	return seqs, errors.Join(err, fault)
}

// resume finds out how far each stream got, which must be exact: all messages
// up to there are archived and no later one is.
func (w *crashWorld) resume(s *Store) error {
	for i := range crashSenders {
		val, ok, err := s.SpaceGet(crashSpace, crashAccount(i), nil)
		if err != nil {
			return err
		}
		handled := 0
		if ok {
			handled = int(binary.BigEndian.Uint64(val))
		}
		last, err := s.ArchiveLast(crashAccount(i))
		if err != nil {
			return err
		}
		sent := 0
		err = s.Archive(crashAccount(i), 0, int(last), func(_ uint64, e Entry) bool {
			if e.Outgoing {
				sent++
			}
			return true
		})
		if err != nil || sent != handled {
			return fmt.Errorf("stream %d: %d handled, %d archived, %v", i, handled, sent, err)
		}
		w.next[i] = max(0, handled-w.rng.IntN(3)*5)
	}
	return nil
}
