package mobile

import "testing"

// world is a policy with its clock, a server, and a network that forgets connections which were silent for too long.
type world struct {
	t       *testing.T
	p       policy
	now     int64
	forgets int64 // ms of silence, 0: never
	down    bool  // no login succeeds
	logins  []int64
	asks    int
	drops   int
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: 1_000_000}
	w.p.random = func(n int64) int64 { return n - 1 } // the longest pause
	w.p.want(w.now, true)
	w.p.changes(w.now, "home")
	return w
}

// run lets time pass, from one tick to the next, up to so many ms.
func (w *world) run(ms int64) {
	w.t.Helper()
	end := w.now + ms
	for range 100_000 {
		do, next := w.p.tick(w.now)
		w.do(do)
		if do != nothing && (do != ask || w.p.asked == 0) {
			continue
		}
		if next == 0 || next > end {
			w.now = end
			return
		}
		if do == nothing && next <= w.now {
			w.t.Fatalf("tick at %d wants to be called at %d", w.now, next)
		}
		w.now = next
	}
	w.t.Fatal("there is no end of it")
}

func (w *world) do(do action) {
	switch do {
	case connect:
		w.logins = append(w.logins, w.now)
		if w.down {
			w.p.failed(w.now, false)
		} else {
			w.p.online(w.now)
		}
	case ask:
		w.asks++
		if w.forgets == 0 || w.now-w.p.heard < w.forgets {
			w.p.answered(w.now)
		}
	case drop:
		w.drops++
		w.p.lost(w.now, false)
	}
}

func (w *world) wants(what string, got, want int64) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %d, want %d", what, got, want)
	}
}

func (w *world) every() int64 { return w.p.beat().every / second }

// TestClockIsTheApps: it began at the end of time, and no tick was ever due.
func TestClockIsTheApps(t *testing.T) {
	k := newClock()
	k.set(1)
	k.set(minute)
	if now := k.now(); now < minute || now > 2*minute {
		t.Errorf("it is %d", now)
	}
	k.set(0)
	if now := k.now(); now < minute {
		t.Errorf("it went back to %d", now)
	}
}

func TestHeartbeatGrows(t *testing.T) {
	w := newWorld(t)
	w.run(269 * second)
	w.wants("asked", int64(w.asks), 0)
	w.run(2 * second)
	w.wants("asked", int64(w.asks), 1)
	w.run(2 * 270 * second)
	w.wants("after three answers", w.every(), 330)
	w.run(3 * 330 * second)
	w.wants("after three more", w.every(), 390)
	w.run(48 * 60 * minute)
	w.wants("the longest", w.every(), 28*60)
	w.wants("logins", int64(len(w.logins)), 1)
}

func TestHeartbeatBacksOff(t *testing.T) {
	w := newWorld(t)
	w.forgets = 260 * second
	w.run(270*second + answerTime)
	w.wants("after one failure", w.every(), 270)
	w.wants("it was dropped", int64(w.drops), 1)
	w.run(270*second + answerTime)
	w.wants("after two", w.every(), 190)
	w.wants("it is dropped no more", int64(w.drops), 2)
	w.run(3 * 190 * second)
	w.wants("and answers again", w.every(), 250)
	w.wants("logged in at once", int64(len(w.logins)), 3)
}

func TestHeartbeatHasAFloor(t *testing.T) {
	w := newWorld(t)
	w.forgets = second
	w.run(60 * minute)
	w.wants("the shortest", w.every(), 60)
}

func TestHeartbeatOfEachNetwork(t *testing.T) {
	w := newWorld(t)
	w.run(3 * 270 * second)
	w.wants("at home", w.every(), 330)
	w.do(w.p.changes(w.now, "train"))
	w.run(1)
	w.wants("in the train", w.every(), 270)
	w.wants("a new path, at once", w.now-w.logins[len(w.logins)-1], 1)
	w.do(w.p.changes(w.now, "home"))
	w.wants("at home again", w.every(), 330)
	w.do(w.p.changes(w.now, "home"))
	w.wants("nothing is dropped when nothing changes", int64(w.drops), 2)
	for i := range maxNetworks {
		w.p.network = string(rune('A' + i))
		w.p.beat()
	}
	if n := len(w.p.beats); n > maxNetworks {
		t.Errorf("%d networks are remembered", n)
	}
}

func TestHeartbeatsAreKept(t *testing.T) {
	w := newWorld(t)
	w.run(3 * 270 * second)
	learnt := w.p.learnt()
	learnt["nonsense"], learnt["more of it"] = -1, 1<<62
	var p policy
	p.recall(learnt)
	for network, want := range map[string]int64{"home": 330, "elsewhere": 270, "nonsense": 60, "more of it": 28 * 60} {
		p.network = network
		w.wants(network, p.beat().every/second, want)
	}
}

// TestWhatComesCountsAsHeartbeat: nothing is asked while the server speaks.
func TestWhatComesCountsAsHeartbeat(t *testing.T) {
	w := newWorld(t)
	for range 100 {
		w.run(200 * second)
		w.p.hears(w.now)
	}
	w.wants("asked", int64(w.asks), 0)
}

func TestPauses(t *testing.T) {
	w := newWorld(t)
	w.down = true
	w.run(60 * minute)
	at := w.logins[0]
	for i, want := range []int64{0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111} {
		w.wants("login", (w.logins[i]-at)/second, want)
	}
	before := len(w.logins)
	w.do(w.p.looks(w.now, true))
	w.run(1)
	w.wants("somebody looks: at once", int64(len(w.logins)), int64(before+1))
	w.run(10 * minute)
	last := len(w.logins) - 1
	w.wants("the pause then", w.logins[last]-w.logins[last-1], frontPause)
	w.down = false
	w.run(frontPause)
	w.wants("online", int64(w.p.state), Online)
	w.wants("looked at", int64(w.asks), 0)
}

// TestAServerThatThrowsOut: a connection that does not last is a login that failed.
func TestAServerThatThrowsOut(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.run(second)
		if w.p.state == Online {
			w.p.lost(w.now, false)
		}
	}
	if len(w.logins) > 4 {
		t.Errorf("%d logins in ten seconds", len(w.logins))
	}
}

func TestNoNetwork(t *testing.T) {
	w := newWorld(t)
	w.run(minute)
	w.do(w.p.changes(w.now, ""))
	w.wants("it is not known to be lost", int64(w.p.state), Online)
	w.p.lost(w.now, false)
	w.run(60 * minute)
	w.wants("logins", int64(len(w.logins)), 1)
	w.do(w.p.changes(w.now, "train"))
	w.run(1)
	w.wants("logins", int64(len(w.logins)), 2)
	w.p.lost(w.now+minute, false)
	w.do(w.p.changes(w.now+minute, ""))
	w.do(w.p.changes(w.now+minute, "train"))
	w.now += minute
	w.run(1)
	w.wants("the same network again", int64(len(w.logins)), 3)
}

// TestSomebodyLooks: after a silence it is seen quickly whether the connection still lives. That says nothing about heartbeats.
func TestSomebodyLooks(t *testing.T) {
	w := newWorld(t)
	w.forgets = minute
	w.run(2 * minute)
	w.do(w.p.looks(w.now, true))
	w.wants("asked", int64(w.asks), 1)
	w.run(quickly)
	w.wants("dropped", int64(w.drops), 1)
	w.wants("and there again", int64(len(w.logins)), 2)
	w.wants("the failures of the heartbeat", int64(w.p.beat().failed), 0)
	w.run(second)
	w.do(w.p.looks(w.now, false))
	w.do(w.p.looks(w.now, true))
	w.wants("asked", int64(w.asks), 1)
}

func TestNothingIsDoneUnasked(t *testing.T) {
	w := newWorld(t)
	w.p.want(w.now, false)
	w.run(60 * minute)
	w.wants("logins", int64(len(w.logins)), 0)
	w.p.want(w.now, true)
	w.run(1)
	w.p.lost(w.now, true)
	w.run(60 * minute)
	w.wants("logins after what no login mends", int64(len(w.logins)), 1)
}
