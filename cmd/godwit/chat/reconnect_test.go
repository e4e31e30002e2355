package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

func nothing(*Session) {}

func TestALostConnectionIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r, bob := openRoad(t, s.Addr(0)), login(t, s)
	alice := startTalk(t, r, nothing)
	alice.types(t, "before")
	alice.expect(t, Accepted)
	r.cut()
	if e := alice.expect(t, Disconnected); e.Text == "" || e.Retry <= 0 {
		t.Errorf("%+v", e)
	}
	alice.types(t, "/roster", "meanwhile", "and more")
	if e := alice.expect(t, Failed); e.Condition != errOffline.Error() {
		t.Errorf("%+v", e)
	}
	alice.expect(t, Queued)
	alice.expect(t, Queued)
	r.mend()
	alice.expect(t, Connected)
	alice.expect(t, Accepted)
	alice.expect(t, Accepted)
	alice.types(t, "after", "/quit")
	alice.ends(t)
	hears(t, bob, "before", "meanwhile", "and more", "after")
}

func TestWhatMayHaveArrivedArrivesOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r, bob := openRoad(t, s.Addr(0)), login(t, s)
	alice := startTalk(t, r, nothing)
	r.lose(&r.down)
	alice.types(t, "once")
	hears(t, bob, "once") // and alice does not know
	r.cut()
	r.mend()
	if e := alice.expect(t, Again); e.Body != "once" {
		t.Errorf("%+v", e)
	}
	alice.expect(t, Accepted)
	alice.types(t, "the next")
	hears(t, bob, "the next")
}

// TestAStreamGoesOn: the server says what it has and sends what it has to send, and neither side sends it twice, nor anything that belongs to the beginning.
func TestAStreamGoesOn(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r, bob := openRoad(t, s.Addr(0)), login(t, s)
	alice := startTalkThat(t, r, true, nothing)
	alice.types(t, "before")
	alice.expect(t, Accepted)
	r.lose(&r.down)
	alice.types(t, "once")
	hears(t, bob, "before", "once") // and alice does not know
	r.cut()
	alice.expect(t, Disconnected)
	if _, err := bob.Message(t.Context(), jid.MustParse("alice@localhost"), "for you"); err != nil {
		t.Fatal(err)
	}
	alice.types(t, "meanwhile")
	alice.expect(t, Queued)
	r.mend()
	var after []string
	for seen := 0; seen < 3; { // two are accepted, one comes
		e := alice.next(t)
		after = append(after, strings.TrimSpace(e.Event+" "+e.Body))
		if e.Event == Connected && !e.Resumed {
			t.Error("the stream does not go on")
		}
		if e.Event == Accepted || e.Event == Message {
			seen++
		}
	}
	slices.Sort(after[1:])
	if got := strings.Join(after, ", "); got != "connected, accepted, accepted, message for you" {
		t.Errorf("got %s", got)
	}
	alice.types(t, "the next", "/quit")
	alice.ends(t)
	hears(t, bob, "meanwhile", "the next")
}

// TestAStreamThatTheServerHasForgotten is sent once more in a new one.
func TestAStreamThatTheServerHasForgotten(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r, bob := openRoad(t, s.Addr(0)), login(t, s)
	alice := startTalkThat(t, r, true, func(s *Session) {
		dial := s.Dial
		s.Dial = func(ctx context.Context, r *client.Resumption) (*client.Conn, error) {
			r.ID = "forgotten"
			return dial(ctx, r)
		}
	})
	r.lose(&r.down)
	alice.types(t, "once")
	hears(t, bob, "once")
	r.cut()
	alice.expect(t, Disconnected)
	r.mend()
	if e := alice.expect(t, Connected); e.Resumed {
		t.Error("a stream goes on that there is not")
	}
	if e := alice.expect(t, Again); e.Body != "once" {
		t.Errorf("%+v", e)
	}
	alice.expect(t, Accepted)
	alice.types(t, "the next")
	hears(t, bob, "the next")
}

func TestWhatComesTwiceIsShownOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r, bob := openRoad(t, s.Addr(0)), login(t, s)
	alice := startTalk(t, r, nothing)
	say := func(text string) {
		t.Helper()
		if _, err := bob.Message(t.Context(), jid.MustParse("alice@localhost"), text); err != nil {
			t.Fatal(err)
		}
	}
	alice.types(t, "I am here") // behind alice's presence
	hears(t, bob, "I am here")
	r.lose(&r.up)
	say("one")
	first := alice.expect(t, Message) // and the server does not know
	r.cut()
	r.mend()
	alice.expect(t, Connected)
	say("two")
	if second := alice.expect(t, Message); first.Body != "one" || second.Body != "two" {
		t.Errorf("%q, then %q", first.Body, second.Body)
	}
}

func TestAServerThatDoesNotAnswerIsLeft(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r, bob := openRoad(t, s.Addr(0)), login(t, s)
	alice := startTalk(t, r, func(s *Session) { s.Answer = 50 * time.Millisecond })
	r.lose(&r.up, &r.down)
	alice.types(t, "hello?")
	if e := alice.expect(t, Disconnected); !strings.Contains(e.Text, errSilent.Error()) {
		t.Errorf("%+v", e)
	}
	r.cut()
	r.mend()
	alice.expect(t, Accepted)
	hears(t, bob, "hello?")
}

func TestWhoQuitsDoesNotWaitForAConnection(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := openRoad(t, s.Addr(0))
	alice := startTalk(t, r, nothing)
	r.cut()
	alice.expect(t, Disconnected)
	alice.types(t, "kept", "too", "/quit")
	alice.ends(t, "2 messages were not sent")
}

func TestAfterAWhileItIsGivenUp(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := openRoad(t, s.Addr(0))
	alice := startTalk(t, r, func(s *Session) { s.Reconnect = 100 * time.Millisecond })
	r.lose(&r.down)
	alice.types(t, "who knows")
	alice.expect(t, Queued)
	r.cut()
	alice.ends(t, "no connection for 100ms", "1 message was not accepted by the server: nobody knows whether they arrive")
}

func TestWhoIsSentAwayStaysAway(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	alice := startTalk(t, openRoad(t, s.Addr(0)), nothing)
	if _, err := s.Room().Do(t.Context(), admin.Request{Do: admin.RemoveUser, JID: "alice@localhost"}); err != nil {
		t.Fatal(err)
	}
	alice.ends(t, "not-authorized")
}

func TestWithoutDialALostConnectionIsTheEnd(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := openRoad(t, s.Addr(0))
	alice := startTalk(t, r, func(s *Session) { s.Dial = nil })
	r.cut()
	alice.ends(t, "the connection was lost")
}

func TestPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		s := &Session{Dial: func(context.Context, *client.Resumption) (*client.Conn, error) {
			if tries++; tries == 9 {
				return nil, errors.New("for good")
			}
			return nil, fmt.Errorf("not yet: %w", io.EOF)
		}}
		s.prepare()
		var pauses []time.Duration
		go func() {
			for e := range s.events {
				pauses = append(pauses, time.Duration(e.Retry*float64(time.Second)))
			}
		}()
		if _, err := s.again(t.Context(), client.ErrLost, nil); err == nil || err.Error() != "for good" {
			t.Errorf("ended with %v", err)
		}
		close(s.events)
		synctest.Wait()
		for i, most := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30, 30} {
			if most *= time.Second; pauses[i] > most || pauses[i] < most*3/4 {
				t.Errorf("pause %d is %v, want at most %v and not much less", i, pauses[i], most)
			}
		}
		if took := time.Since(began); took < 110*time.Second {
			t.Errorf("9 attempts in %v", took)
		}
	})
}
