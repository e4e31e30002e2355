package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// watched is a room with an account and sessions that a test makes up: say has one say something. A real server has them in the tests of package server.
type watched struct {
	*Room
	data string
	say  chan func(Shown) // who watches
	over chan struct{}    // the end of a watch
}

func newWatched(t *testing.T, sessions ...Session) *watched {
	t.Helper()
	r, _ := room(t)
	w := &watched{r, t.TempDir(), make(chan func(Shown), 1), make(chan struct{})}
	r.Table = func(context.Context, jid.JID) ([]Session, error) { return sessions, nil }
	r.Watch = func(_ jid.JID, show func(Shown)) func() {
		w.say <- show
		return func() { close(w.over) }
	}
	do(t, desk{r}, Request{Do: AddUser, JID: "alice@localhost", Password: "one"}, "")
	srv, err := Listen(w.data, r, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Shut() })
	return w
}

// TestAWatchShowsWhatIsSaid in order, through the socket, and ends with who watches.
func TestAWatchShowsWhatIsSaid(t *testing.T) {
	w := newWatched(t, Session{JID: "alice@localhost/a"})
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	begun := func(sessions []Session) error {
		if len(sessions) != 1 || sessions[0].JID != "alice@localhost/a" {
			t.Errorf("%+v", sessions)
		}
		show := <-w.say
		for i := range 3 {
			show(Shown{Session: "alice@localhost/a", XML: fmt.Sprintf("<r i='%d'/>", i)})
		}
		return nil
	}
	err := Watch(ctx, w.data, "alice@localhost", begun, func(s Shown) error {
		if s.XML != fmt.Sprintf("<r i='%d'/>", n) || s.Dropped != 0 {
			t.Errorf("number %d is %+v", n, s)
		}
		if n++; n == 3 {
			cancel()
		}
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%d were shown, then %v", n, err)
	}
	<-w.over
}

// TestAWatchThatIsNotReadCostsNothing: nobody waits for it, and when it reads again it hears how many it has missed.
func TestAWatchThatIsNotReadCostsNothing(t *testing.T) {
	w := newWatched(t)
	const all = 20_000
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	text := strings.Repeat("x", 1000) // together far more than a socket holds
	shown, dropped, last := 0, 0, false
	begun := func([]Session) error {
		show := <-w.say
		for range all { // nothing reads meanwhile: if it waited, it would for ever
			show(Shown{XML: text})
		}
		return nil
	}
	err := Watch(ctx, w.data, "alice@localhost", begun, func(s Shown) error {
		if last {
			return nil
		}
		if s.Dropped > 0 {
			dropped += s.Dropped
		} else {
			shown++
		}
		if last = shown+dropped == all; last {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if shown == 0 || dropped == 0 || shown+dropped != all || w.Dropped() != int64(dropped) {
		t.Errorf("%d shown, %d dropped, of %d; %d in all", shown, dropped, all, w.Dropped())
	}
	t.Logf("%d shown, %d dropped", shown, dropped)
}

// TestAFeedIsBounded by number and by bytes, and what is lost is told where it was.
func TestAFeedIsBounded(t *testing.T) {
	half := Shown{XML: strings.Repeat("x", maxShownBytes/2)}
	for _, test := range []struct {
		name    string
		s       Shown
		n, room int
	}{
		{"number", Shown{XML: "x"}, maxShown, maxShown},
		{"one past the number", Shown{XML: "x"}, maxShown + 1, maxShown},
		{"bytes", half, 2, 2},
		{"one past the bytes", half, 3, 2},
		{"one that is too large", Shown{XML: strings.Repeat("x", maxShownBytes+1)}, 1, 0},
	} {
		r := new(Room)
		f := &feed{more: make(chan struct{}, 1), dropped: &r.dropped}
		for range test.n {
			f.put(test.s)
		}
		select {
		case <-f.more:
		default:
			t.Errorf("%s: nobody is woken", test.name)
		}
		queue, lost := f.take()
		if len(queue) != test.room || lost != test.n-test.room || r.Dropped() != int64(lost) {
			t.Errorf("%s: %d wait, %d are lost", test.name, len(queue), lost)
		}
		f.put(Shown{XML: "x"})
		if queue, lost := f.take(); len(queue) != 1 || lost != 0 {
			t.Errorf("%s: afterwards %d wait, %d are lost", test.name, len(queue), lost)
		}
	}
}

// TestWatchesThatCannotBe say why.
func TestWatchesThatCannotBe(t *testing.T) {
	w := newWatched(t)
	for who, want := range map[string]string{
		"a@b@c":              "is no address",
		"alice@example.net":  "example.net is not served here",
		"bob@localhost":      "there is no account bob@localhost",
		"alice@localhost/a":  "alice@localhost/a has no session now",
		"localhost/resource": "is no account",
	} {
		err := Watch(t.Context(), w.data, who, func([]Session) error { return nil }, func(Shown) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", who, err, want)
		}
	}
	err := Watch(t.Context(), t.TempDir(), "alice@localhost", nil, nil)
	if !errors.Is(err, ErrNotRunning) {
		t.Errorf("no server: %v", err)
	}
	err = Watch(t.Context(), w.data, "alice@localhost", func([]Session) error { return io.EOF }, nil)
	if !errors.Is(err, io.EOF) {
		t.Errorf("who watches wants no more: %v", err)
	}
	<-w.over
}

// TestAServerThatStopsEndsItsWatches, also one that nobody reads.
func TestAServerThatStopsEndsItsWatches(t *testing.T) {
	r, _ := room(t)
	data, ready := t.TempDir(), make(chan func(Shown), 1)
	r.Table = func(context.Context, jid.JID) ([]Session, error) { return nil, nil }
	r.Watch = func(_ jid.JID, show func(Shown)) func() { ready <- show; return func() {} }
	do(t, desk{r}, Request{Do: AddUser, JID: "alice@localhost", Password: "one"}, "")
	srv, err := Listen(data, r, quiet)
	if err != nil {
		t.Fatal(err)
	}
	err = Watch(t.Context(), data, "alice@localhost", func([]Session) error {
		show := <-ready
		for range 10_000 {
			show(Shown{XML: strings.Repeat("x", 1000)})
		}
		defer srv.Wait()
		return srv.Shut() // while the socket is full
	}, func(Shown) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "the server has stopped") {
		t.Errorf("%v", err)
	}
}

// TestSessionsNeedAServer: a room that has only a store says so.
func TestSessionsNeedAServer(t *testing.T) {
	r, _ := room(t)
	d := desk{r}
	for _, what := range []string{ListSessions, KickSessions} {
		do(t, d, Request{Do: what, JID: "alice@localhost"}, "no server runs here, so there are no sessions")
	}
	if _, err := Connect(t.TempDir()); !errors.Is(err, ErrNotRunning) {
		t.Error(err)
	}
}

// TestSessionsAreToldWithTheirClients, sorted, through the socket.
func TestSessionsAreToldWithTheirClients(t *testing.T) {
	const id = "d4565fa7-4d72-4749-b3d3-740edbf87770"
	w := newWatched(t, Session{JID: "alice@localhost/b", Device: "ua:" + id}, Session{JID: "alice@localhost/a", Device: "phone"}, Session{JID: "alice@localhost/0"})
	logIn(t, w.Store, "alice@localhost", id)
	err := w.Store.Do(t.Context(), func(tx *store.Tx) error {
		return tx.PutDevice(store.Device{Account: jid.MustParse("alice@localhost"), ID: "phone", Key: [32]byte{1}, Name: "Alice's phone"})
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Connect(w.data)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range do(t, d, Request{Do: ListSessions}, "").Table {
		got = append(got, s.JID+" "+s.Client)
	}
	if want := "[alice@localhost/0  alice@localhost/a Alice's phone alice@localhost/b Birdsong]"; fmt.Sprint(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	do(t, d, Request{Do: ListSessions, JID: "a@b@c"}, "is no address")
}

// TestKickSaysWhetherThereWasSomething to end.
func TestKickSaysWhetherThereWasSomething(t *testing.T) {
	w := newWatched(t)
	d, err := Connect(w.data)
	if err != nil {
		t.Fatal(err)
	}
	n := 2
	w.KickSessions = func(_ context.Context, who jid.JID) (int, error) { return n, nil }
	if r := do(t, d, Request{Do: KickSessions, JID: "alice@localhost"}, ""); r.Kicked != 2 {
		t.Errorf("%+v", r)
	}
	n = 0
	do(t, d, Request{Do: KickSessions, JID: "alice@localhost/a"}, "alice@localhost/a has no session now")
	do(t, d, Request{Do: KickSessions, JID: ""}, "is no address")
}
