package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/load"
	"github.com/godwit-im/godwit/bench/peer"
	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
)

// compareOptions are the flags of bench compare.
type compareOptions struct {
	loadOptions
	talkOptions
	peers, workloads []string
	settle           time.Duration
}

// comparison is one workload of bench compare.
type comparison struct {
	name       string
	about      string // for the help
	archive    bool   // messages are archived for both sides
	durability string // of Godwit
	prepare    func(o *compareOptions) (what string, measure measurement)
}

// comparisons are those that there are.
var comparisons = []comparison{
	{"chat", "messages as fast as they go, not archived, and acknowledged by Godwit before anything is on disk, as by the others", false, store.Relaxed, (*compareOptions).fast},
	{"paced", "the same, --rate messages a second", false, store.Relaxed, (*compareOptions).paced},
	{"archived", "messages as fast as they go, archived for both sides; what Godwit acknowledges and delivers is on disk", true, store.Strict, (*compareOptions).archived},
	{"login", "logins with SCRAM", false, store.Strict, (*compareOptions).login},
	{"idle", "memory for each session", false, store.Strict, (*compareOptions).idle},
}

func comparisonNames() (names []string) {
	for _, c := range comparisons {
		names = append(names, c.name)
	}
	return names
}

func peerNames() (names []string) {
	for _, k := range peer.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

func newBenchCompare() *cobra.Command {
	o := compareOptions{loadOptions: defaultLoad(), talkOptions: defaultTalk(), peers: peerNames(), workloads: comparisonNames(), settle: 5 * time.Second}
	o.rounds, o.Rate = 5, 1500
	long := "Starts Godwit and the servers that --peers names, one at a time, each on data of its own and with a configuration for many users, which the result\n" +
		"lists; puts each under the same load; and does that --rounds times. The other servers are those that are installed on this machine; their services and data\n" +
		"are left alone.\n\n"
	for _, c := range comparisons {
		long += fmt.Sprintf("  %-8s  %s\n", c.name, c.about)
	}
	cmd := o.command("compare", "Godwit and other XMPP servers under the same load, in turn", strings.TrimSuffix(long, "\n"), o.run)
	o.loadFlags(cmd)
	o.talkFlags(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&o.peers, "peers", o.peers, "the other servers")
	f.StringSliceVar(&o.workloads, "workload", o.workloads, "what is compared")
	settleFlag(cmd, &o.settle)
	_ = cmd.RegisterFlagCompletionFunc("peers", cobra.FixedCompletions(peerNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("workload", cobra.FixedCompletions(comparisonNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o *compareOptions) run(cmd *cobra.Command) error {
	if err := o.ready(); err != nil {
		return err
	}
	chosen, err := o.chosen()
	if err != nil {
		return err
	}
	kinds, err := o.installed()
	if err != nil {
		return err
	}
	r := figures.New(os.Args)
	err = withFolder(o.folder, func(folder string) error {
		s := stage{o: o, folder: folder, kinds: kinds}
		for _, c := range chosen {
			if err := s.compare(cmd, r, c); err != nil {
				return err
			}
		}
		return nil
	})
	return o.publish(cmd, r, err)
}

// chosen returns the workloads asked for.
func (o *compareOptions) chosen() (all []comparison, err error) {
	for _, name := range o.workloads {
		i := slices.IndexFunc(comparisons, func(c comparison) bool { return c.name == name })
		if i < 0 {
			return nil, fmt.Errorf("--workload %s: there are %s", name, strings.Join(comparisonNames(), ", "))
		}
		all = append(all, comparisons[i])
	}
	return all, nil
}

// installed returns the peers asked for. The error tells of all that are missing.
func (o *compareOptions) installed() (kinds []peer.Kind, err error) {
	for _, name := range o.peers {
		k, e := peer.Find(name)
		if e == nil {
			_, e = k.Version()
		}
		kinds, err = append(kinds, k), errors.Join(err, e)
	}
	return kinds, err
}

// stage is where the servers of a comparison perform.
type stage struct {
	o      *compareOptions
	folder string
	kinds  []peer.Kind
	peers  map[string]loadTarget // that have been prepared
}

// compare does one workload, over each transport.
func (s *stage) compare(cmd *cobra.Command, r *figures.Report, c comparison) error {
	return s.o.eachTransport(func(transport string, m client.Mode) error {
		what, measure := c.prepare(s.o)
		entrants := []entrant{{"Godwit", s.o.godwit(c.durability), m, measure}}
		for _, k := range s.kinds {
			if m == client.Link {
				break // which is Godwit's own
			}
			t, err := s.peer(k, c.archive)
			if err != nil {
				return err
			}
			entrants = append(entrants, entrant{k.Title, t, m, measure})
		}
		name := c.name
		if len(s.o.transports) > 1 {
			name += ", " + transport
		}
		return s.o.measure(cmd, r, r.Workload(name, what), entrants)
	})
}

// peer prepares another server.
func (s *stage) peer(k peer.Kind, archive bool) (t loadTarget, err error) {
	name := k.Title
	if archive {
		name += " with archive"
	}
	if t, ok := s.peers[name]; ok {
		return t, nil
	}
	version, err := k.Version()
	if err != nil {
		return t, err
	}
	folder, err := os.MkdirTemp(s.folder, k.Name+"-")
	if err != nil {
		return t, err
	}
	server, err := k.New(peer.Config{Folder: folder, Domain: daemon.Domain, Accounts: s.o.sessions, Password: daemon.Password, Archive: archive})
	if err != nil {
		return t, err
	}
	t = loadTarget{
		about:   figures.Server{Name: name, Version: version, Settings: server.Settings()},
		account: daemon.Account, password: daemon.Password, keys: load.NewKeys(s.o.sessions),
		with: func(ctx context.Context, m client.Mode, f func(address string, pid int) error) error {
			return s.withPeer(ctx, server, func() error { return f(server.Address(m), server.PID()) })
		},
	}
	if s.peers == nil {
		s.peers = make(map[string]loadTarget)
	}
	s.peers[name] = t
	return t, nil
}

// withPeer calls f while a peer runs on the servers' CPUs.
func (s *stage) withPeer(ctx context.Context, server peer.Server, f func() error) error {
	err := proc.Start(s.o.serverCPUs, func() error { return server.Start(ctx) })
	if err == nil {
		err = f()
	}
	return errors.Join(err, server.Stop())
}

// archivedWindow is how many messages of a pair are on their way at most while they are archived. A server that reads all that has come before it delivers any of it, and
// takes a millisecond for each, would need more than the time of a round for more.
const archivedWindow = 8

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
