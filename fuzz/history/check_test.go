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

// resumed is a run without fault in which streams go on: alice has two clients, a and b. a sends five messages to bob; a crash is behind the third, of which a does not know that
// the server has it; bob's stream breaks before it and after it.
func resumed() []Event {
	e := []Event{
		{Kind: Bound, Client: "alice/a", Conn: 1, Stream: 1},
		{Kind: Bound, Client: "bob/a", Conn: 1, Stream: 1},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 1},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 2},
		{Kind: Ack, Client: "alice/a", N: 1},
		{Kind: Recv, Client: "bob/a", Conn: 1, Stream: 1, From: "alice/a", N: 1, ID: 1},
		{Kind: Recv, Client: "bob/a", Conn: 1, Stream: 1, From: "alice/a", N: 2, ID: 2},
		{Kind: Resumed, Client: "bob/a", Conn: 2, Stream: 1},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 3},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 4},
		{Kind: Recv, Client: "bob/a", Conn: 2, Stream: 1, From: "alice/a", N: 3, ID: 3},
		{Kind: Crash},
		{Kind: Durable, Client: "bob", From: "alice/a", To: "bob", N: 1, ID: 1},
		{Kind: Durable, Client: "bob", From: "alice/a", To: "bob", N: 2, ID: 2},
		{Kind: Durable, Client: "bob", From: "alice/a", To: "bob", N: 3, ID: 3},
		{Kind: Resumed, Client: "alice/a", Conn: 2, Stream: 1, N: 3, Last: 4}, // 15
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 5},
		{Kind: Resumed, Client: "bob/a", Conn: 3, Stream: 1},
		{Kind: Recv, Client: "bob/a", Conn: 3, Stream: 1, From: "alice/a", N: 3, ID: 3}, // again, after the crash
		{Kind: Recv, Client: "bob/a", Conn: 3, Stream: 1, From: "alice/a", N: 4, ID: 4}, // 19
		{Kind: Recv, Client: "bob/a", Conn: 3, Stream: 1, From: "alice/a", N: 5, ID: 5}, // 20
		{Kind: Bound, Client: "alice/a", Conn: 3, Stream: 2},                            // 21
	}
	for n := uint64(1); n <= 5; n++ {
		e = append(e, Event{Kind: Archived, Client: "alice", From: "alice/a", To: "bob", N: n, ID: n},
			Event{Kind: Archived, Client: "bob", From: "alice/a", To: "bob", N: n, ID: n})
	}
	return e
}

func TestGoodResumptionsPass(t *testing.T) {
	if v := Check(resumed()); len(v) != 0 {
		t.Errorf("violations in a good history: %v", v)
	}
}

// TestHeardLate: the server says what it has of alice's messages, has one more, and is killed before she hears of it.
func TestHeardLate(t *testing.T) {
	for _, c := range []struct {
		crashes int // when she began to connect
		count   uint64
		wrong   bool
	}{
		{1, 3, false}, {1, 4, false}, {2, 4, false}, {2, 3, true}, {1, 2, true},
	} {
		var h History
		for i, e := range resumed() {
			switch {
			case i == 15:
				h.Add(Event{Kind: Crash}, Event{Kind: Durable, Client: "bob", From: "alice/a", To: "bob", N: 4, ID: 4})
				e.N = c.count
				h.Heard(c.crashes, e)
			default:
				h.Add(e)
			}
		}
		v := Check(h.Events())
		if wrong := slices.ContainsFunc(v, func(v Violation) bool { return v.Promise == "count" }); wrong != c.wrong || len(v) > 0 && !wrong {
			t.Errorf("%+v: %v", c, v)
		}
	}
}

// TestEveryPromiseOfStreamsCanBeBroken breaks that history in one place each, and wants the violation named first, and no other than those named.
func TestEveryPromiseOfStreamsCanBeBroken(t *testing.T) {
	for _, c := range []struct {
		what     string
		promises []string
		change   func(e []Event) []Event
	}{
		{"less than it has", []string{"count"}, func(e []Event) []Event { e[15].N = 2; return e }},
		{"more than it has", []string{"count"}, func(e []Event) []Event { e[15].N = 4; return e }},
		{"expired, with a wrong number", []string{"count"}, func(e []Event) []Event { e[15].Kind, e[15].N = Expired, 2; return e }},
		{"nothing known", []string{"count"}, func(e []Event) []Event { e[15].Kind = Forgotten; return e }},
		{"repeated without a crash", []string{"replayed"}, func(e []Event) []Event {
			return slices.Insert(e, 8, Event{Kind: Recv, Client: "bob/a", Conn: 2, Stream: 1, From: "alice/a", N: 2, ID: 2})
		}},
		{"entries left out on a later connection", []string{"gap", "undelivered"}, func(e []Event) []Event {
			return slices.Delete(slices.Delete(e, 18, 20), 10, 11)
		}},
		{"an entry left out before the end", []string{"behind", "undelivered"}, func(e []Event) []Event { return slices.Delete(e, 20, 21) }},
		{"another message under the id", []string{"reused", "vanished"}, func(e []Event) []Event { e[14].N = 4; e[15].N = 2; e[15].Last = 2; return e }},
	} {
		got := Check(c.change(resumed()))
		if !slices.ContainsFunc(got, func(v Violation) bool { return v.Promise == c.promises[0] }) {
			t.Errorf("%s: no violation of %s", c.what, c.promises[0])
		}
		for _, v := range got {
			if !slices.Contains(c.promises, v.Promise) {
				t.Errorf("%s: %v", c.what, v)
			}
		}
	}
}

func TestClientsOfOneAccount(t *testing.T) {
	both := func(n, id uint64, from string) []Event {
		return []Event{
			{Kind: Send, Client: from, To: "bob", N: n},
			{Kind: Archived, Client: "alice", From: from, To: "bob", N: n, ID: id},
			{Kind: Archived, Client: "bob", From: from, To: "bob", N: n, ID: id},
			{Kind: Recv, Client: "bob/b", Conn: 1, From: from, N: n, ID: id},
		}
	}
	e := slices.Concat(both(1, 1, "alice/a"), both(1, 2, "alice/b"), both(2, 3, "alice/b"))
	if v := Check(e); len(v) != 0 {
		t.Errorf("two clients with the same numbers: %v", v)
	}
	e[3].Client = "alice/b"
	if v := Check(e); !slices.ContainsFunc(v, func(v Violation) bool { return v.Promise == "stranger" }) {
		t.Errorf("the sender's other client got it: %v", v)
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

// lossy is a run without fault of a server with relaxed durability: alice is acked three messages to bob and one to carol, a loss of power takes the third and the last, of
// which bob had one; then she sends another one, which gets the place of the one that is lost.
func lossy() []Event {
	e := []Event{
		{Kind: Bound, Client: "alice/a", Conn: 1, Stream: 1},
		{Kind: Bound, Client: "bob/a", Conn: 1, Stream: 1},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 1},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 2},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "bob", N: 3},
		{Kind: Send, Client: "alice/a", Stream: 1, To: "carol", N: 4},
		{Kind: Ack, Client: "alice/a", N: 4},
		{Kind: Recv, Client: "bob/a", Conn: 1, Stream: 1, From: "alice/a", N: 1, ID: 1}, // 7
		{Kind: Recv, Client: "bob/a", Conn: 1, Stream: 1, From: "alice/a", N: 2, ID: 2},
		{Kind: Recv, Client: "bob/a", Conn: 1, Stream: 1, From: "alice/a", N: 3, ID: 3},
		{Kind: Loss}, // 10
		{Kind: Durable, Client: "bob", From: "alice/a", To: "bob", N: 1, ID: 1},
		{Kind: Durable, Client: "bob", From: "alice/a", To: "bob", N: 2, ID: 2}, // 12
		{Kind: Forgotten, Client: "alice/a", Conn: 2, Stream: 1},
		{Kind: Bound, Client: "alice/a", Conn: 2, Stream: 2},
		{Kind: Resumed, Client: "bob/a", Conn: 2, Stream: 1},
		{Kind: Send, Client: "alice/a", Stream: 2, To: "bob", N: 5}, // 16
		{Kind: Ack, Client: "alice/a", N: 5},
		{Kind: Recv, Client: "bob/a", Conn: 2, Stream: 1, From: "alice/a", N: 2, ID: 2}, // again, after the loss
		{Kind: Recv, Client: "bob/a", Conn: 2, Stream: 1, From: "alice/a", N: 5, ID: 3},
	}
	for i, n := range []uint64{1, 2, 5} {
		e = append(e, Event{Kind: Archived, Client: "alice", From: "alice/a", To: "bob", N: n, ID: uint64(i + 1)},
			Event{Kind: Archived, Client: "bob", From: "alice/a", To: "bob", N: n, ID: uint64(i + 1)})
	}
	return e
}

func TestLossOfTheEndPasses(t *testing.T) {
	if v := Check(lossy()); len(v) != 0 {
		t.Errorf("violations in a good history: %v", v)
	}
}

// TestRelaxedPromisesCanBeBroken breaks that history in one place each: with relaxed durability a loss of power may take the end, and nothing else may be wrong.
func TestRelaxedPromisesCanBeBroken(t *testing.T) {
	for _, c := range []struct {
		what, promise string
		change        func(e []Event) []Event
	}{
		{"the process was killed, and the power stayed", "acked-lost", func(e []Event) []Event { e[10].Kind = Crash; return e }},
		{"the process was killed, and a stream is forgotten", "count", func(e []Event) []Event { e[10].Kind = Crash; return e }},
		{"lost, and what was sent later is there", "suffix", func(e []Event) []Event {
			return slices.Insert(e, 13, Event{Kind: Durable, Client: "carol", From: "alice/a", To: "carol", N: 4, ID: 1})
		}},
		{"delivered and lost from the middle of an archive", "suffix", func(e []Event) []Event { e[8].ID, e[12].N, e[12].ID = 1, 3, 3; return e }},
		{"acked after the loss and not there", "acked-lost", func(e []Event) []Event { return slices.Delete(slices.Delete(e, 24, 26), 19, 20) }},
		{"there after the loss, and not at the end", "vanished", func(e []Event) []Event { e[22].N, e[23].N = 1, 1; return e }},
		{"twice after the loss", "doubled", func(e []Event) []Event { e[24].N, e[25].N = 2, 2; return e }},
		{"delivered after the loss and not there", "not-durable", func(e []Event) []Event { return slices.Delete(e, 24, 26) }},
		{"lost, and nobody had sent it", "stranger", func(e []Event) []Event { e[9].N = 7; return e }},
		{"the other way round", "reordered", func(e []Event) []Event { e[23].N, e[25].N = 5, 2; return e }},
		{"a gap behind the loss", "gap", func(e []Event) []Event {
			return append(e, Event{Kind: Send, Client: "alice/a", Stream: 2, To: "bob", N: 6},
				Event{Kind: Recv, Client: "bob/a", Conn: 3, Stream: 1, From: "alice/a", N: 6, ID: 5},
				Event{Kind: Archived, Client: "bob", From: "alice/a", To: "bob", N: 8, ID: 4},
				Event{Kind: Archived, Client: "bob", From: "alice/a", To: "bob", N: 6, ID: 5})
		}},
	} {
		if got := Check(c.change(lossy())); !slices.ContainsFunc(got, func(v Violation) bool { return v.Promise == c.promise }) {
			t.Errorf("%s: no violation of %s, but %v", c.what, c.promise, got)
		}
	}
}

func TestFenceCopiesAndPages(t *testing.T) {
	good := func() []Event {
		return append(good(),
			Event{Kind: Late, Client: "alice!", To: "bob", N: 1},
			Event{Kind: Copy, Client: "alice/b", Conn: 1, From: "alice", N: 1, ID: 1}, // 15
			Event{Kind: Paged, Client: "alice/b", Conn: 1, From: "alice", N: 2, ID: 2},
			Event{Kind: Paged, Client: "bob", Conn: 2, From: "alice", N: 1, ID: 1},
			Event{Kind: Fetched, Client: "bob", Conn: 2, From: "alice", N: 2, ID: 2})
	}
	if v := Check(good()); len(v) != 0 {
		t.Errorf("violations in a good history: %v", v)
	}
	for _, c := range []struct {
		what, promise string
		change        func(e []Event) []Event
	}{
		{"late words in an archive", "unfenced", func(e []Event) []Event {
			return append(e, Event{Kind: Archived, Client: "bob", From: "alice!", To: "bob", N: 1, ID: 3})
		}},
		{"late words delivered", "unfenced", func(e []Event) []Event {
			return append(e, Event{Kind: Recv, Client: "bob", Conn: 2, From: "alice!", N: 1, ID: 3})
		}},
		{"a copy of what is not there", "not-durable", func(e []Event) []Event { e[15].ID = 4; return e }},
		{"a copy to another account", "stranger", func(e []Event) []Event { e[15].Client = "bob"; return e }},
		{"a copy to the sender", "stranger", func(e []Event) []Event { e[15].Client = "alice"; return e }},
		{"copies in another order", "out-of-order", func(e []Event) []Event {
			return slices.Insert(e, 15, Event{Kind: Copy, Client: "alice/b", Conn: 1, From: "alice", N: 2, ID: 2})
		}},
		{"a page with what is not there", "not-durable", func(e []Event) []Event { e[16].ID = 4; return e }},
		{"fetched, and not there", "not-durable", func(e []Event) []Event { e[18].ID = 4; return e }},
		{"only looked at", "undelivered", func(e []Event) []Event { e[18].Kind = Paged; return slices.Delete(e, 9, 10) }},
		{"a page of another's archive", "stranger", func(e []Event) []Event { e[17].Client = "carol"; return e }},
	} {
		if got := Check(c.change(good())); !slices.ContainsFunc(got, func(v Violation) bool { return v.Promise == c.promise }) {
			t.Errorf("%s: no violation of %s, but %v", c.what, c.promise, got)
		}
	}
}
