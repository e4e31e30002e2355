package main

import (
	"cmp"
	"slices"
)

// tree is the contexts that the model may have.
type tree struct {
	*alphabet
	nodes []node      // the shorter before the longer
	alone []int32     // by symbol: the context of it alone, or none
	after [][]float64 // by class and symbol: how often it comes after one of the class
}

const none = -1

// node is a context: some symbols, and what comes after them. Its up is the one without the first of them, its pre the one without the last.
type node struct {
	up, pre int32
	last    uint16 // the last of its symbols
	depth   uint8  // how many they are
	dead    bool   // thrown out
	kids    int32  // contexts, not dead, whose up this is
	total   float64
	entries []entry // by symbol

	flow   float64 // what is decided here: of the total, what no longer context decides
	escape float64 // probability
}

// entry is a symbol that comes after a context.
type entry struct {
	symbol uint16
	dead   bool
	under  int32 // how many kids of the context have it too
	to     int32 // the context with the symbol added, or none
	total  float32
	flow   float32
	p      float32
}

// find returns the entry of a symbol, dead or not, or nil.
func (n *node) find(symbol uint16) *entry {
	i, ok := slices.BinarySearchFunc(n.entries, symbol, func(e entry, s uint16) int { return cmp.Compare(e.symbol, s) })
	if !ok {
		return nil
	}
	return &n.entries[i]
}

// live yields the entries that are not dead.
func (n *node) live(yield func(*entry) bool) {
	for i := range n.entries {
		if e := &n.entries[i]; !e.dead && !yield(e) {
			return
		}
	}
}

// class returns that of a context's last symbol.
func (t *tree) class(n *node) uint8 { return t.classes[n.last] }

// alive returns whether there is a context n.
func (t *tree) alive(n int32) bool { return n != none && !t.nodes[n].dead }

// size counts what is not dead.
func (t *tree) size() (contexts, entries int) {
	for i := range t.nodes {
		if n := &t.nodes[i]; !n.dead {
			contexts++
			for range n.live {
				entries++
			}
		}
	}
	return contexts, entries
}
