package im

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// service is a push service that keeps what it is told, and answers as it is told to.
type service struct {
	mu     sync.Mutex
	pushes []host.Push
	done   []func(error)
}

func (s *service) Serves(jid.JID) bool { return true }

func (s *service) Publish(p host.Push, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushes, s.done = append(s.pushes, p), append(s.done, done)
}

// told returns what has come since the last time, and answers it with err; with silence it does not.
func (s *service) told(err error) (pushes []host.Push) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, done := range s.done {
		if !errors.Is(err, errSilence) {
			done(err)
		}
	}
	pushes = s.pushes
	s.pushes, s.done = nil, nil
	return pushes
}

var errSilence = errors.New("no answer")

// pushFixture has juliet's address enabled, and romeo to send her messages.
func pushFixture(t *testing.T, o Options) (f *fixture, s *service, say func(text string, at time.Duration)) {
	f, s = newFixture(t, o), new(service)
	f.host.Push = s
	f.enable(balcony, noon)
	me := f.bind(orchard, new(mailbox), 0)
	return f, s, func(text string, at time.Duration) {
		t.Helper()
		sender := f.sender(me)
		sender.Now = noon.Add(at)
		f.Message(sender, stanzaOf(t, text), balcony.Bare())
		f.committed() // the message
		f.committed() // and the push
	}
}

func (f *fixture) enable(account jid.JID, at time.Time) {
	f.t.Helper()
	f.do(func(tx *store.Tx) error {
		return host.EnablePush(tx, account, host.PushAddress{Service: jid.MustParse("push.example.org"), Node: "n", Options: []byte("o"), Enabled: at})
	})
}

// TestPushTellsNeitherSenderNorText, unless it is told to.
func TestPushTellsNeitherSenderNorText(t *testing.T) {
	for _, o := range []Options{{}, {PushSender: true}, {PushBody: true}} {
		_, s, say := pushFixture(t, o)
		say(chat, 0)
		got := s.told(nil)
		if len(got) != 1 {
			t.Fatalf("%+v: %d pushes", o, len(got))
		}
		all := fmt.Sprintf("%+v", got[0])
		if sender, body := strings.Contains(all, "romeo"), strings.Contains(all, "Montague"); sender != o.PushSender || body != o.PushBody {
			t.Errorf("sender %v, body %v: %s", o.PushSender, o.PushBody, all)
		}
		if p := got[0]; p.Account != balcony.Bare() || p.Node != "n" || string(p.Options) != "o" || p.Count != 1 || p.Service.String() != "push.example.org" {
			t.Errorf("%+v", p)
		}
	}
}

// TestNothingIsPushedBeforeItsCommit, nor when that has failed.
func TestNothingIsPushedBeforeItsCommit(t *testing.T) {
	f, s, _ := pushFixture(t, Options{})
	me := f.bind(orchard, new(mailbox), 0)
	release := f.block()
	f.Message(f.sender(me), stanzaOf(t, chat), balcony.Bare())
	if got := s.told(nil); len(got) > 0 {
		t.Errorf("before the commit: %+v", got)
	}
	release()
	f.committed()
	f.committed()
	if got := s.told(nil); len(got) != 1 {
		t.Errorf("after the commit: %+v", got)
	}
	m := f.newMessage()
	m.from, m.to, m.storable, m.urgent, m.sent, m.mailbox = orchard, balcony.Bare(), true, true, noon.Add(time.Hour), &mailbox{dead: true}
	m.frame = f.router.Frame(stanzaOf(t, chat), balcony, true)
	m.Committed(errors.New("disk on fire"))
	f.committed()
	if got := s.told(nil); len(got) > 0 {
		t.Errorf("after a failed commit: %+v", got)
	}
}

// TestPushesAreFew: one until a client comes, and one more for each interval.
func TestPushesAreFew(t *testing.T) {
	f, s, say := pushFixture(t, Options{PushInterval: time.Minute})
	count := func(want int) {
		t.Helper()
		got := s.told(nil)
		f.committed()
		if n := len(got); want == 0 && n > 0 || want > 0 && (n != 1 || got[0].Count != want) {
			t.Errorf("%+v, want one of %d", got, want)
		}
	}
	say(chat, 0)
	count(1)
	say(chat, time.Minute-1)
	count(0)
	say(chat, time.Minute)
	count(3)
	phone := f.bind(balcony, new(mailbox), -1) // it takes no messages
	f.Taken(phone, 3, 0)
	f.moved(phone)
	say(chat, time.Minute+1)
	count(1)
}

// TestAMessageIsPushedOnce, which comes between the loss of a connection and the look at what it has not got.
func TestAMessageIsPushedOnce(t *testing.T) {
	f, s, say := pushFixture(t, Options{})
	phone, box := f.bind(balcony, new(mailbox), 0), new(mailbox)
	say(chat, 0) // into the dead connection
	if got := s.told(nil); len(got) > 0 {
		t.Fatalf("there is a client: %+v", got)
	}
	f.router.Park(phone, box)
	say(chat, time.Second)
	if got := s.told(nil); len(got) != 1 || got[0].Count != 1 {
		t.Errorf("%+v, want one", got)
	}
	f.Parked(phone, noon) // the connection was lost before
	f.committed()
	f.committed()
	if got := s.told(nil); len(got) > 0 {
		t.Errorf("the last push is not long ago, and %+v", got)
	}
	say(chat, time.Minute)
	if got := s.told(nil); len(got) != 1 || got[0].Count != 3 {
		t.Errorf("%+v, want one of all three", got)
	}
}

// TestPushFailures: the fourth is not tried; but enabled again the address is a new one.
func TestPushFailures(t *testing.T) {
	refused := errors.New("no")
	for _, c := range []struct {
		answers []error
		want    string // how many pushes came, one digit for each message
	}{
		{[]error{refused, refused, refused, nil}, "1110"},
		{[]error{refused, refused, nil, refused, refused, refused, nil}, "1111110"},
		{[]error{errSilence, refused, errSilence, nil}, "1110"},
		{[]error{host.ErrNoPushService, host.ErrNoPushService, host.ErrNoPushService, nil, nil}, "11111"},
	} {
		f, s, say := pushFixture(t, Options{})
		got, at := "", time.Duration(0)
		for _, answer := range c.answers {
			say(chat, at)
			got += fmt.Sprint(len(s.told(answer)))
			f.committed()
			at += 30 * time.Second
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.answers, got, c.want)
		}
		f.enable(balcony, noon.Add(at))
		say(chat, at)
		if n := len(s.told(nil)); n != 1 {
			t.Errorf("%v: %d pushes when it is enabled again", c.answers, n)
		}
	}
}

// TestNoTimeForAnAnswerIsNoFailure: a client that takes its messages faster than the service answers.
func TestNoTimeForAnAnswerIsNoFailure(t *testing.T) {
	f, s, say := pushFixture(t, Options{})
	phone := f.bind(balcony, new(mailbox), -1)
	for i := range 5 {
		say(chat, time.Duration(i)*time.Second)
		if n := len(s.told(errSilence)); n != 1 {
			t.Fatalf("%d pushes for message %d", n, i)
		}
		f.Taken(phone, uint64(i+1), 0)
		f.moved(phone)
	}
}

// TestPushesAreForgotten when there are more than are remembered: that costs a push too many, no more.
func TestPushesAreForgotten(t *testing.T) {
	for others, want := range []int{0, 0, 1} { // how many pushes the second message is worth
		f, s, say := pushFixture(t, Options{MaxPushed: 2})
		say(chat, 0)
		s.told(nil)
		for i := range others {
			put(&f.pushes.backlogs, jid.MustParse(fmt.Sprintf("nurse%d@example.org", i)), new(backlog), f.opts.MaxPushed)
		}
		f.committed()
		say(chat, 1)
		if n := len(s.told(nil)); n != want {
			t.Errorf("%d others: %d pushes, want %d", others, n, want)
		}
	}
}
