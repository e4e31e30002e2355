package main

import (
	"context"
	"fmt"

	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/load"
	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/store"
)

// comparison is one workload of bench compare.
type comparison struct {
	name       string
	about      string // for the help
	archive    bool   // messages are archived for both sides
	offline    bool   // messages wait for accounts that are away, and are acked
	durability string // of Godwit
	loops      []int  // Godwit alone takes part, with so many event loops each; nil: the peers do, too
	// prepare says what is measured. It may change o, which is a copy for this workload.
	prepare func(o *compareOptions) (what string, measure measurement)
}

// comparisons are those that there are.
var comparisons = []comparison{
	{name: "chat", about: "messages as fast as they go, not archived, and acknowledged by Godwit before anything is on disk, as by the others",
		durability: store.Relaxed, prepare: (*compareOptions).fast},
	{name: "paced", about: "the same, --rate messages a second", durability: store.Relaxed, prepare: (*compareOptions).paced},
	{name: "archived", about: "messages as fast as they go, archived for both sides; what Godwit acknowledges and delivers is on disk",
		archive: true, durability: store.Strict, prepare: (*compareOptions).archived},
	{name: "offline", about: "messages stored for clients that are away, and then fetched; what Godwit acknowledges is on disk",
		offline: true, durability: store.Strict, prepare: (*compareOptions).offline},
	{name: "presence", about: "changes of presence, each for the --contacts of a session", durability: store.Strict, prepare: (*compareOptions).presence},
	{name: "login", about: "logins with SCRAM", durability: store.Strict, prepare: (*compareOptions).login},
	{name: "storm", about: "--storm sessions lose their connections at once, and log in again", durability: store.Strict, prepare: (*compareOptions).comeBack},
	{name: "idle", about: "memory for each session", durability: store.Strict, prepare: (*compareOptions).idle},
	{name: "loops", about: "chat again, Godwit alone with two event loops and with one, on all CPUs, which the clients use, too",
		durability: store.Relaxed, loops: []int{2, 1}, prepare: (*compareOptions).unpinned},
}

// archivedWindow is how many messages of a pair are on their way at most while they are archived. A server that reads all that has come before it delivers any of it, and
// takes a millisecond for each, would need more than the time of a round for more.
const archivedWindow = 16

// chatting is a workload of messages. Those that are not to be archived say so: the peers have no archive then, and Godwit keeps none of them.
func (o *compareOptions) chatting(rate float64, archived bool) (what string, measure measurement) {
	t := o.talkOptions
	t.Rate, t.NoStore = rate, !archived
	if archived {
		t.Window = min(t.Window, archivedWindow)
	}
	return t.what(o.sessions), t.chat
}

func (o *compareOptions) fast() (what string, measure measurement)     { return o.chatting(0, false) }
func (o *compareOptions) paced() (what string, measure measurement)    { return o.chatting(o.Rate, false) }
func (o *compareOptions) archived() (what string, measure measurement) { return o.chatting(0, true) }
func (o *compareOptions) login() (what string, measure measurement) {
	return loginWhat(&o.loadOptions), measureLogin
}

func (o *compareOptions) idle() (what string, measure measurement) {
	return idleWhat(o.sessions, o.settle), measureIdle(o.settle)
}

// offlineWindow is how many messages of a pair are not acked at most: with 1,000 sessions fewer than Godwit lets wait for its disk, which refuses more.
const offlineWindow = 16

func (o *compareOptions) offline() (what string, measure measurement) {
	window := min(o.Window, offlineWindow)
	what = fmt.Sprintf("%d sessions in pairs, bodies of %d bytes; %d messages for each receiver while it is away, %d of a pair not acked (XEP-0198) at most, as fast as acks come; "+
		"then the receivers, logged in before, send their presence at once, and have all of them", o.sessions, o.Body, o.waiting, window)
	return what, func(ctx context.Context, c load.Config) (figures.Round, error) {
		result, err := load.Offline(ctx, load.OfflineConfig{Config: c, Waiting: o.waiting, Window: window, Body: o.Body})
		return figures.Round{Offline: &result}, err
	}
}

func (o *compareOptions) presence() (what string, measure measurement) {
	together := o.contacts + 1
	o.sessions -= o.sessions % together
	o.roster = func(i int) (all []int) {
		first, last := load.Circle(i, o.contacts)
		for j := first; j <= last; j++ {
			if j != i {
				all = append(all, j)
			}
		}
		return all
	}
	what = fmt.Sprintf("%d sessions with %d contacts each, subscribed both ways; each changes its presence, with a status of %d bytes, when all its contacts have got the last one; "+
		"what a contact gets is counted; %v after %v of warm-up", o.sessions, o.contacts, o.Body, o.Duration, o.Warmup)
	return what, func(ctx context.Context, c load.Config) (figures.Round, error) {
		result, err := load.Presence(ctx, load.PresenceConfig{Config: c, Contacts: o.contacts, Status: o.Body, Warmup: o.Warmup, Duration: o.Duration})
		return figures.Round{Presence: &result}, err
	}
}

func (o *compareOptions) comeBack() (what string, measure measurement) {
	o.sessions = o.storm
	what = fmt.Sprintf("%d sessions lose their connections at one moment, by TCP's reset, and log in again, %d at once, as new sessions with SCRAM, until the presence has come back; times count from the reset",
		o.sessions, min(o.sessions, load.Crowd))
	return what, func(ctx context.Context, c load.Config) (figures.Round, error) {
		result, err := load.Storm(ctx, c)
		return figures.Round{Storm: &result}, err
	}
}

// unpinned is chat on all CPUs.
func (o *compareOptions) unpinned() (what string, measure measurement) {
	o.serverCPUs, o.clientCPUs = nil, nil
	what, measure = o.fast()
	return what + fmt.Sprintf("; server and clients share all %d CPUs, so what a second loop brings is computed: "+
		"from the server's processor time for each message, measured in this run, as if each loop had a CPU that is always busy", len(proc.CPUs())), measure
}

// withLoops notes the event loops of the server.
func withLoops(n int, measure measurement) measurement {
	return func(ctx context.Context, c load.Config) (figures.Round, error) {
		r, err := measure(ctx, c)
		r.Loops = n
		return r, err
	}
}
