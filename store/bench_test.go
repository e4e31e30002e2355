package store

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// pairOp is what a message between two local users costs: an entry in each
// archive with its dedupe key and counter.
type pairOp struct {
	from, to Entry
	origin   [8]byte
	free     chan *pairOp
	err      error
}

func (op *pairOp) Apply(tx *Tx) error {
	if _, _, err := tx.Append(op.from); err != nil {
		return err
	}
	_, _, err := tx.Append(op.to)
	return err
}

func (op *pairOp) Committed(err error) {
	op.err = err
	op.free <- op
}

// pairs makes n operations that go round through the channel.
func pairs(n int) chan *pairOp {
	free := make(chan *pairOp, n)
	for range n {
		op := &pairOp{free: free}
		stanza := make([]byte, 200)
		for i := range stanza {
			stanza[i] = byte(i * i >> 3)
		}
		op.from = Entry{Outgoing: true, OriginID: op.origin[:], Stanza: stanza, Time: time.Now()}
		op.to = Entry{OriginID: op.origin[:], Stanza: stanza, Time: time.Now()}
		free <- op
	}
	return free
}

// set makes op the n-th message, between two of the accounts.
func (op *pairOp) set(accounts []jid.JID, n int) {
	binary.BigEndian.PutUint64(op.origin[:], uint64(n))
	a, b := accounts[n%len(accounts)], accounts[(n*7+1)%len(accounts)]
	op.from.Account, op.from.From, op.from.With = a, a, b
	op.to.Account, op.to.From, op.to.With = b, a, a
}

func benchAccounts(n int) []jid.JID {
	accounts := make([]jid.JID, n)
	for i := range accounts {
		accounts[i] = jid.MustParse(fmt.Sprintf("user%05d@example.org/phone", i))
	}
	return accounts
}

// BenchmarkAppendPair is with real files and real syncs. ops/core-s is what one
// core would do, by the CPU time of the whole process.
func BenchmarkAppendPair(b *testing.B) {
	for _, inFlight := range []int{1, 8, 64, 1024} {
		b.Run(fmt.Sprint(inFlight), func(b *testing.B) {
			s, err := Open(b.TempDir(), quiet(Options{MinFreeBytes: 1, BallastBytes: -1}))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			accounts := benchAccounts(1000)
			free := pairs(inFlight)
			b.ReportAllocs()
			cpu := cpuTime()
			b.ResetTimer()
			for n := range b.N {
				op := <-free
				if op.err != nil {
					b.Fatal(op.err)
				}
				op.set(accounts, n)
				if err := s.Submit(op); err != nil {
					b.Fatal(err)
				}
			}
			for range inFlight {
				<-free
			}
			b.StopTimer()
			cpu = cpuTime() - cpu
			st := s.Stats()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
			b.ReportMetric(float64(b.N)/cpu.Seconds(), "ops/core-s")
			b.ReportMetric(float64(st.Ops)/float64(st.Batches), "ops/batch")
			runtime.KeepAlive(free)
		})
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
