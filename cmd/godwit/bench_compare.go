package main

import (
	"context"
	"crypto/tls"
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
	"github.com/godwit-im/godwit/xmpp/client"
)

// compareOptions are the flags of bench compare.
type compareOptions struct {
	loadOptions
	talkOptions
	peers, workloads         []string
	settle                   time.Duration
	waiting, contacts, storm int
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
	o := compareOptions{loadOptions: defaultLoad(), talkOptions: defaultTalk(), peers: peerNames(), workloads: comparisonNames(), settle: 5 * time.Second,
		waiting: 200, contacts: 19, storm: 5000}
	o.rounds, o.Rate, o.curves = 5, 1500, []tls.CurveID{tls.X25519} // which all have
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
	f.StringSliceVar(&o.workloads, "workload", o.workloads, "what is compared; chat/tls is chat over that --transport")
	f.IntVar(&o.waiting, "waiting", o.waiting, "offline: messages that wait for each second session")
	f.IntVar(&o.contacts, "contacts", o.contacts, "presence: contacts of each session")
	f.IntVar(&o.storm, "storm", o.storm, "storm: how many sessions there are")
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
	if o.certificate, err = peer.NewCertificate(daemon.Domain); err != nil {
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

// choice is a workload, over one transport.
type choice struct {
	comparison
	transport string // "": those of --transport
}

// chosen returns the workloads asked for.
func (o *compareOptions) chosen() (all []choice, err error) {
	for _, text := range o.workloads {
		name, transport, isOver := strings.Cut(text, "/")
		i := slices.IndexFunc(comparisons, func(c comparison) bool { return c.name == name })
		if i < 0 {
			return nil, fmt.Errorf("--workload %s: there are %s", text, strings.Join(comparisonNames(), ", "))
		}
		if _, ok := transports[transport]; isOver && !ok {
			return nil, fmt.Errorf("--workload %s: behind the slash there may be plain, starttls, tls and link", text)
		}
		all = append(all, choice{comparisons[i], transport})
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
func (s *stage) compare(cmd *cobra.Command, r *figures.Report, c choice) error {
	o := *s.o
	if c.transport != "" {
		o.transports = []string{c.transport}
	}
	what, measure := c.prepare(&o)
	return o.eachTransport(func(transport string, m client.Mode) error {
		name := c.name
		if len(o.transports) > 1 || c.transport != "" {
			name += ", " + transport
		}
		entrants, err := s.entrants(&o, c.comparison, m, measure)
		if err != nil {
			return err
		}
		return o.measure(cmd, r, r.Workload(name, what), entrants)
	})
}

// entrants are those who take part in a workload.
func (s *stage) entrants(o *compareOptions, c comparison, m client.Mode, measure measurement) (all []entrant, err error) {
	for _, n := range c.loops {
		all = append(all, entrant{fmt.Sprintf("loops: %d", n), o.godwit(c.durability, n), m, withLoops(n, measure)})
	}
	if c.loops != nil {
		return all, nil
	}
	all = []entrant{{"Godwit", o.godwit(c.durability, 0), m, measure}}
	for _, k := range s.kinds {
		if m == client.Link {
			break // which is Godwit's own
		}
		t, err := s.peer(o, k, c)
		if err != nil {
			return nil, err
		}
		all = append(all, entrant{k.Title, t, m, measure})
	}
	return all, nil
}

// peer prepares another server.
func (s *stage) peer(o *compareOptions, k peer.Kind, c comparison) (t loadTarget, err error) {
	name := k.Title
	if c.archive {
		name += " with archive"
	}
	if c.offline {
		name += " with offline messages"
	}
	key := fmt.Sprint(name, o.sessions, o.roster != nil)
	if t, ok := s.peers[key]; ok {
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
	server, err := k.New(peer.Config{
		Folder: folder, Domain: daemon.Domain, Accounts: o.sessions, Password: daemon.Password,
		Archive: c.archive, Offline: c.offline, Contacts: o.roster, Certificate: o.certificate,
	})
	if err != nil {
		return t, err
	}
	t = loadTarget{
		about:   figures.Server{Name: name, Version: version, Settings: server.Settings()},
		account: daemon.Account, password: daemon.Password, keys: load.NewKeys(o.sessions),
		with: func(ctx context.Context, m client.Mode, f func(address string, pid int) error) error {
			return s.withPeer(ctx, server, func() error { return f(server.Address(m), server.PID()) })
		},
	}
	if s.peers == nil {
		s.peers = make(map[string]loadTarget)
	}
	s.peers[key] = t
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
