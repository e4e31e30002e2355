package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/load"
	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// oneServerOptions are the flags of a load that one server is put under.
type oneServerOptions struct {
	loadOptions
	address, domain, user, password string // of a server that runs already
	first, pid                      int
	durability                      string // of the one that is started
}

func defaultOneServer() oneServerOptions {
	return oneServerOptions{loadOptions: defaultLoad(), user: "user%d", password: daemon.Password, domain: daemon.Domain, durability: store.Strict}
}

func (o *oneServerOptions) flags(cmd *cobra.Command) {
	o.loadFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.address, "address", "", "`host:port` of a server that runs already (default: a Godwit is started)")
	f.StringVar(&o.domain, "domain", o.domain, "the accounts' domain there")
	f.StringVar(&o.user, "user", o.user, "the accounts' names there: a `pattern` in which %d is a number")
	f.IntVar(&o.first, "first", 0, "the first of these `numbers`: several commands may share a server")
	f.StringVar(&o.password, "password", o.password, "their password")
	f.IntVar(&o.pid, "pid", 0, "the `number` of its process, if it runs on this machine: then its processor time and memory are measured, and --pin counts for it")
	f.StringVar(&o.durability, "durability", o.durability, "of the Godwit that is started: strict, or relaxed (acknowledged and delivered before it is on disk)")
	_ = cmd.RegisterFlagCompletionFunc("durability", cobra.FixedCompletions([]string{store.Strict, store.Relaxed}, cobra.ShellCompDirectiveNoFileComp))
}

// measureEach measures a workload over each transport.
func (o *oneServerOptions) measureEach(cmd *cobra.Command, name, what string, measure measurement) error {
	t, err := o.target()
	if err != nil {
		return err
	}
	r := figures.New(os.Args)
	var entrants []entrant
	err = o.eachTransport(func(transport string, m client.Mode) error {
		entrants = append(entrants, entrant{transport, t, m, measure})
		return nil
	})
	if err != nil {
		return err
	}
	return o.publish(cmd, r, o.measure(cmd, r, r.Workload(name, what), entrants))
}

// target is the server that the flags choose.
func (o *oneServerOptions) target() (t loadTarget, err error) {
	if err := o.ready(); err != nil {
		return t, err
	}
	if o.durability != store.Strict && o.durability != store.Relaxed {
		return t, fmt.Errorf("--durability %s: strict or relaxed", o.durability)
	}
	if o.address == "" {
		return o.godwit(o.durability, 0), nil
	}
	if strings.Count(o.user, "%d") != 1 || strings.Count(o.user, "%") != 1 {
		return t, fmt.Errorf("--user %s: the pattern needs one %%d", o.user)
	}
	account := func(i int) string { return fmt.Sprintf(o.user, o.first+i) + "@" + o.domain }
	if _, err := jid.Parse(account(0)); err != nil {
		return t, fmt.Errorf("--user, --domain: %w", err)
	}
	if len(o.transports) != 1 {
		return t, errors.New("--transport: an --address has one")
	}
	return loadTarget{
		about: figures.Server{Name: o.address}, password: o.password, keys: load.NewKeys(o.sessions),
		account: func(i int) jid.JID { return jid.MustParse(account(i)) },
		with:    o.withRunning,
	}, nil
}

// withRunning calls f with the server that runs already.
func (o *oneServerOptions) withRunning(_ context.Context, _ client.Mode, f func(address string, pid int) error) error {
	if o.pid != 0 && len(o.serverCPUs) > 0 {
		if err := proc.Pin(o.pid, o.serverCPUs); err != nil {
			return err
		}
	}
	return f(o.address, o.pid)
}

// talkOptions are the flags that say how messages flow.
type talkOptions struct{ load.Talk }

func defaultTalk() talkOptions {
	return talkOptions{load.Talk{Window: 32, Body: 100, Warmup: 3 * time.Second, Duration: 10 * time.Second}}
}

func (o *talkOptions) talkFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&o.Window, "window", o.Window, "messages of each pair on their way, when they go as fast as they can")
	f.Float64Var(&o.Rate, "rate", o.Rate, "messages a second of all pairs together, at fixed times")
	f.IntVar(&o.Body, "body", o.Body, "bytes of a message's body")
	f.DurationVar(&o.Warmup, "warmup", o.Warmup, "how long messages flow before it is measured")
	f.DurationVar(&o.Duration, "duration", o.Duration, "for how long it is measured, in each round")
}

// chat measures once.
func (o *talkOptions) chat(ctx context.Context, c load.Config) (figures.Round, error) {
	result, err := load.Chat(ctx, load.ChatConfig{Config: c, Talk: o.Talk})
	return figures.Round{Chat: &result}, err
}

// what says what is measured.
func (o *talkOptions) what(sessions int) string {
	how := fmt.Sprintf("as fast as they can, %d on their way in each pair", o.Window)
	if o.Rate > 0 {
		how = fmt.Sprintf("%g a second, at fixed times", o.Rate)
	}
	if o.NoStore {
		how += ", with the hint no-store"
	}
	return fmt.Sprintf("%d sessions in pairs, bodies of %d bytes, %s; %v after %v of warm-up", sessions, o.Body, how, o.Duration, o.Warmup)
}

func newBenchChat() *cobra.Command {
	o := struct {
		oneServerOptions
		talkOptions
	}{defaultOneServer(), defaultTalk()}
	cmd := o.command("chat", "Messages a second, their latency, and what they cost a server",
		"Lets pairs of clients write chat messages to each other through a server, and checks that each message arrives once, in order and as it was sent.\n"+
			"Without --rate every pair has --window messages on their way, and the next goes when one has arrived: this is what the server can do. With --rate\n"+
			"messages go at fixed times, and latencies count from then. The server is a Godwit of its own, or any that --address names.",
		func(cmd *cobra.Command) error {
			return o.measureEach(cmd, "chat", o.what(o.sessions), o.chat)
		})
	o.flags(cmd)
	o.talkFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.NoStore, "no-store", false, "ask the server to keep no copies of the messages (XEP-0334)")
	f.BoolVar(&o.Full, "full", false, "write to full addresses, instead of bare ones")
	return cmd
}

func newBenchLogin() *cobra.Command {
	o := defaultOneServer()
	cmd := o.command("login", "How fast clients can log in, and what that costs a server",
		"Lets clients log in to a server, --parallel at once: SCRAM, binding, and the presence has come back. They do it twice, and the second time\n"+
			"counts: as clients do they remember what SCRAM has made of the password. The server is a Godwit of its own, or any that --address names.",
		func(cmd *cobra.Command) error {
			return o.measureEach(cmd, "login", loginWhat(&o.loadOptions), measureLogin)
		})
	o.flags(cmd)
	return cmd
}

func measureLogin(ctx context.Context, c load.Config) (figures.Round, error) {
	result, err := load.Login(ctx, c)
	return figures.Round{Login: &result}, err
}

func loginWhat(o *loadOptions) string {
	return fmt.Sprintf("%d sessions log in, %d at once, from the connection to the presence that comes back", o.sessions, o.parallel)
}
