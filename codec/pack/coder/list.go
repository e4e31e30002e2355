package coder

import "fmt"

// Bits is the precision of probabilities: the weights of a List add up to Total = 2^Bits.
const (
	Bits  = 12
	Total = 1 << Bits
)

// Escape is the symbol that stands for all that a List does not have.
const Escape = 0xFFFF

// Entry is one symbol of a List and its share of Total, at least 1.
type Entry struct {
	Symbol uint16
	Weight uint16
}

// List says how probable the symbols of a choice are, the most probable first, as they are searched in this order. The weights add up to
// Total. A List with a single symbol has the weight Total and costs nothing.
type List []Entry

// Check returns an error unless the weights add up and no symbol comes twice.
func (l List) Check() error {
	sum, seen := 0, make(map[uint16]bool, len(l))
	for _, e := range l {
		if e.Weight == 0 || seen[e.Symbol] {
			return fmt.Errorf("coder: symbol %d has no weight or comes twice", e.Symbol)
		}
		seen[e.Symbol] = true
		sum += int(e.Weight)
	}
	if sum != Total {
		return fmt.Errorf("coder: the weights add up to %d, not %d", sum, Total)
	}
	return nil
}
