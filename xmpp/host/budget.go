package host

import (
	"sync"
	"time"
)

// Budgets bound what each of many keys uses of something: so much at once, and so much each second for long. What was used is a debt, which is forgiven with time;
// only debts take memory. Any goroutine may call its methods.
type Budgets[K comparable] struct {
	rate  float64
	burst int

	mu    sync.Mutex
	debts map[K]debt
	sweep int // so many debts, and those that are forgiven are thrown away
}

// debt is what was used.
type debt struct {
	used int
	at   time.Time
}

// minSweep is how many debts are kept, forgiven or not, at least.
const minSweep = 1_000

// NewBudgets returns Budgets of rate a second, and burst at once.
func NewBudgets[K comparable](rate float64, burst int) *Budgets[K] {
	return &Budgets[K]{rate: rate, burst: burst, debts: make(map[K]debt), sweep: minSweep}
}

// left returns what is left of a debt. at may be in the future, of another session's clock.
func (b *Budgets[K]) left(d debt, now time.Time) int {
	return max(0, d.used-int(min(max(0, now.Sub(d.at)), time.Hour).Seconds()*b.rate))
}

// May reports whether k may use more: how much more is not asked, so that who may use anything may go past the burst once.
func (b *Budgets[K]) May(k K, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left(b.debts[k], now) <= b.burst
}

// Charge notes that k has used n.
func (b *Budgets[K]) Charge(k K, n int, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.debts) >= b.sweep {
		for k, d := range b.debts {
			if b.left(d, now) == 0 {
				delete(b.debts, k)
			}
		}
		b.sweep = max(minSweep, 2*len(b.debts))
	}
	b.debts[k] = debt{b.left(b.debts[k], now) + n, now}
}
