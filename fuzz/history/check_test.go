package history

import (
	"slices"
	"testing"
)

// good is a run without fault: alice sends two messages to bob, the server crashes between them.
func good() []Event {
	return []Event{
		{Kind: Send, Client: "alice", To: "bob", N: 1},
		{Kind: Ack, Client: "alice", N: 1},
		{Kind: Recv, Client: "bob", Conn: 1, From: "alice", N: 1, ID: 1},
		{Kind: Send, Client: "alice", To: "bob", N: 2},
		{Kind: Crash},
		{Kind: Up},
		{Kind: Send, Client: "alice", To: "bob", N: 2},
		{Kind: Ack, Client: "alice", N: 2},
		{Kind: Recv, Client: "bob", Conn: 2, From: "alice", N: 1, ID: 1},
		{Kind: Recv, Client: "bob", Conn: 2, From: "alice", N: 2, ID: 2},
		{Kind: Archived, Client: "alice", From: "alice", To: "bob", N: 1, ID: 1},
		{Kind: Archived, Client: "alice", From: "alice", To: "bob", N: 2, ID: 2},
		{Kind: Archived, Client: "bob", From: "alice", To: "bob", N: 1, ID: 1},
		{Kind: Archived, Client: "bob", From: "alice", To: "bob", N: 2, ID: 2},
	}
}

func TestGoodHistoryPasses(t *testing.T) {
	if v := Check(good()); len(v) != 0 {
		t.Errorf("violations in a good history: %v", v)
	}
}

// TestEveryPromiseCanBeBroken breaks the good history in one place each.
func TestEveryPromiseCanBeBroken(t *testing.T) {
	without := func(i ...int) func([]Event) []Event {
		return func(e []Event) []Event {
			var kept []Event
			for k := range e {
				if !slices.Contains(i, k) {
					kept = append(kept, e[k])
				}
			}
			return kept
		}
	}
	for _, c := range []struct {
		promise string
		change  func([]Event) []Event
	}{
		{"acked-lost", without(9, 11, 13)},
		{"doubled", func(e []Event) []Event {
			return append(e, Event{Kind: Archived, Client: "bob", From: "alice", To: "bob", N: 2, ID: 3})
		}},
		{"reordered", func(e []Event) []Event { e[12].N, e[13].N = 2, 1; return e }},
		{"undelivered", without(9)},
		{"not-durable", without(12)},
		{"not-durable", func(e []Event) []Event { e[9].ID = 7; return e }},
		{"out-of-order", func(e []Event) []Event { e[8], e[9] = e[9], e[8]; return e }},
		{"out-of-order", func(e []Event) []Event { return slices.Insert(e, 10, e[9]) }},
		{"stranger", func(e []Event) []Event {
			return append(e, Event{Kind: Recv, Client: "carol", Conn: 1, From: "alice", N: 1, ID: 1})
		}},
		{"stranger", func(e []Event) []Event {
			return append(e, Event{Kind: Recv, Client: "bob", Conn: 3, From: "mallory", N: 1, ID: 1})
		}},
		{"disagree", without(11)},
		{"id", func(e []Event) []Event { e[13].ID = 1; return e }},
	} {
		if got := Check(c.change(good())); !slices.ContainsFunc(got, func(v Violation) bool { return v.Promise == c.promise }) {
			t.Errorf("a history that breaks %q gives %v", c.promise, got)
		}
	}
}

func TestFailedMessageIsNotLost(t *testing.T) {
	e := []Event{
		{Kind: Send, Client: "alice", To: "bob", N: 1},
		{Kind: Failed, Client: "alice", N: 1},
		{Kind: Ack, Client: "alice", N: 1},
	}
	if v := Check(e); len(v) != 0 {
		t.Errorf("an answered message counts as lost: %v", v)
	}
}

func TestCutKeepsWhatTheClientsRemember(t *testing.T) {
	var h History
	for _, e := range good() {
		h.Add(e)
	}
	h.Cut(2)
	for i, e := range h.Events() {
		if i >= 2 && e.Kind != Send && e.Kind != Seen {
			t.Errorf("event %d is a %s", i, e.Kind)
		}
	}
	if n := h.Len(); n != 7 {
		t.Errorf("%d events are left, want the first two, two sends, and three messages seen", n)
	}
}
