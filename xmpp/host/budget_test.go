package host

import (
	"testing"
	"time"
)

func TestBudgets(t *testing.T) {
	at := time.Unix(1_000_000, 0)
	b := NewBudgets[string](10, 100)
	for _, step := range []struct {
		after  time.Duration
		charge int
		may    bool
	}{
		{0, 100, true}, // at the burst
		{0, 1, false},  // and past it
		{99 * time.Millisecond, 0, false},
		{time.Second, 0, true},
		{time.Second, 1000, false},
		{90 * time.Second, 0, false},
		{time.Hour, 0, true},
		{-time.Second, 0, true}, // another session's clock is behind
	} {
		b.Charge("juliet", step.charge, at.Add(step.after))
		if may := b.May("juliet", at.Add(step.after)); may != step.may {
			t.Errorf("after %v, %d more: %v", step.after, step.charge, may)
		}
		if !b.May("romeo", at) {
			t.Error("what one uses another may not")
		}
	}
}

// TestBudgetsForget: debts that are forgiven take no memory for long, the others stay.
func TestBudgetsForget(t *testing.T) {
	at := time.Unix(1_000_000, 0)
	b := NewBudgets[int](1, 0)
	b.Charge(-1, 100_000, at)
	for i := range 10 * minSweep {
		b.Charge(i, 1, at.Add(time.Duration(i)*time.Second))
	}
	if n := len(b.debts); n > 2*minSweep {
		t.Errorf("%d debts are kept", n)
	}
	if b.May(-1, at.Add(10*minSweep*time.Second)) {
		t.Error("a large debt was forgotten")
	}
}
