package im

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// life is a session that sends presence and runs its jobs at once, as a connection does: one after the other. It says whether
// the session is available in the end.
func (f *fixture) life(s *router.Session, rng *rand.Rand) (available bool) {
	if err := f.router.Bind(s); err != nil {
		f.t.Error(err)
		return false
	}
	out := f.freshOut()
	sender := &host.Sender{Host: f.host, Session: s, Out: out, Now: noon}
	var late sync.WaitGroup // jobs that are still running when the connection is cut
	defer late.Wait()
	leaves := rng.IntN(3) == 0
	for n := rng.IntN(3); n >= 0; n-- {
		kind := ""
		if available = rng.IntN(3) > 0; !available {
			kind = " type='unavailable'"
		}
		f.Presence(sender, stanzaOf(f.t, "<presence from='"+s.JID.String()+"'"+kind+"/>"), jid.JID{})
		for _, job := range out.Jobs {
			if leaves && n == 0 {
				late.Go(func() { job() })
				continue
			}
			job()
		}
		out.Reset()
	}
	if leaves {
		f.leaveNow(s)
	}
	return available && !leaves
}

func (f *fixture) leaveNow(s *router.Session) {
	if end, ok := f.router.Unbind(s); ok {
		f.Gone(s, end, nil)
	}
}

// TestEverybodySeesWhoIsThereInTheEnd lets friends come and go at the same time, and asks of each what it was told last of each other.
func TestEverybodySeesWhoIsThereInTheEnd(t *testing.T) {
	const seed, rounds = 1, 400
	t.Log("seed", seed)
	f := newFixture(t, Options{})
	f.do(func(tx *store.Tx) error {
		if _, err := tx.PutRosterItem(orchard, store.RosterItem{JID: balcony.Bare(), Subscription: store.SubscriptionBoth}); err != nil {
			return err
		}
		_, err := tx.PutRosterItem(balcony, store.RosterItem{JID: orchard.Bare(), Subscription: store.SubscriptionBoth})
		return err
	})
	friends := []jid.JID{
		orchard, balcony,
		jid.MustParse("romeo@example.org/garden"), jid.MustParse("juliet@example.org/chamber"),
	}
	for round := range rounds {
		f.comeAndGo(friends, seed, uint64(round))
	}
}

func (f *fixture) comeAndGo(friends []jid.JID, seed, round uint64) {
	sessions, available := make([]*router.Session, len(friends)), make([]bool, len(friends))
	var lives sync.WaitGroup
	for i, full := range friends {
		sessions[i] = &router.Session{JID: full, Mailbox: new(mailbox)}
		rng := rand.New(rand.NewPCG(seed, round*uint64(len(friends))+uint64(i)))
		lives.Go(func() { available[i] = f.life(sessions[i], rng) })
	}
	lives.Wait()
	for i, me := range friends {
		told, _ := sessions[i].Mailbox.(*mailbox).taken()
		for k, other := range friends {
			if !available[i] {
				continue // it is told nothing
			}
			last := lastFrom(told, me, other)
			if seen := last != "" && !strings.Contains(last, "unavailable"); seen != available[k] {
				f.t.Errorf("round %d: %v is available: %v, but %v was told last %q", round, other, available[k], me, last)
			}
		}
	}
	for _, s := range sessions {
		f.leaveNow(s)
	}
}

// lastFrom returns what me was told last of other, since it has become available.
func lastFrom(told []string, me, other jid.JID) (last string) {
	available := false
	for _, f := range told {
		unavailable := strings.Contains(f, "unavailable")
		switch {
		case strings.Contains(f, "from='"+me.String()+"'"):
			if !available && !unavailable {
				last = "" // it begins anew
			}
			available = !unavailable
			if me == other {
				last = f
			}
		case strings.Contains(f, "from='"+other.String()+"'"):
			last = f
		}
	}
	return last
}
