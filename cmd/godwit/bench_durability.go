package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/durability"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
)

// durabilityOptions are the flags of bench durability.
type durabilityOptions struct {
	durability.Config
	rounds     int
	folder     string
	transports []string
	json       bool
}

// durabilityReport is one line of its result.
type durabilityReport struct {
	Transport, Durability string
	Rounds                []durability.Result
	Sync                  time.Duration // of the disk
	Machine               string
}

func newBenchDurability() *cobra.Command {
	o := durabilityOptions{
		Config: durability.Config{Pairs: 32, Timed: 1000, Rate: 200, Messages: 60_000, Window: 32},
		rounds: 5, transports: []string{"plain", "link"},
	}
	cmd := &cobra.Command{
		Use:   "durability",
		Short: "What it costs that a message is on disk before it is acknowledged and delivered",
		Long: "Starts a server of its own, on new data in a temporary folder, with strict and with relaxed durability in turn, and lets pairs of clients write chat\n" +
			"messages that are archived and acked. Printed are how many messages a second are acked and delivered when all write as fast as they can, and how long\n" +
			"a message takes to its ack and to its delivery at a modest rate: the median of the rounds, and the least and the most. The clients share the machine.",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.IntVar(&o.Pairs, "pairs", o.Pairs, "how many pairs of clients, one of which writes to the other")
	f.IntVar(&o.Messages, "messages", o.Messages, "how many messages are written as fast as they can be, in each round")
	f.IntVar(&o.Window, "window", o.Window, "how many of them each client may have without an ack")
	f.IntVar(&o.Timed, "timed", o.Timed, "how many messages are timed, in each round")
	f.Float64Var(&o.Rate, "rate", o.Rate, "how many of these are written in a second, by all together")
	f.IntVar(&o.rounds, "rounds", o.rounds, "how often each is measured")
	f.StringVar(&o.folder, "folder", "", "`folder` on the disk that is to be measured (default: that for temporary files)")
	f.StringSliceVar(&o.transports, "transport", o.transports, "plain, starttls, tls or link; several are measured in turn")
	f.BoolVar(&o.json, "json", false, "print JSON, a line for each transport and durability, with all rounds")
	_ = cmd.MarkFlagDirname("folder")
	_ = cmd.RegisterFlagCompletionFunc("transport",
		cobra.FixedCompletions(slices.Sorted(maps.Keys(transports)), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o *durabilityOptions) run(cmd *cobra.Command) error {
	if o.rounds < 1 {
		return fmt.Errorf("--rounds %d: at least one", o.rounds)
	}
	sync, err := durability.SyncTime(o.folder)
	if err != nil {
		return err
	}
	var reports []*durabilityReport
	for _, name := range o.transports {
		mode, ok := transports[name]
		if !ok {
			return fmt.Errorf("--transport %s: there are plain, starttls, tls and link", name)
		}
		two := []*durabilityReport{
			{Transport: name, Durability: store.Strict, Sync: sync, Machine: machine()},
			{Transport: name, Durability: store.Relaxed, Sync: sync, Machine: machine()},
		}
		for round := range o.rounds {
			for _, r := range two {
				c := o.Config
				c.Progress = func(format string, a ...any) {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s, round %d, %s: "+format+"\n", append([]any{name, round + 1, r.Durability}, a...)...)
				}
				result, err := o.measure(cmd.Context(), c, mode, r.Durability)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", name, r.Durability, err)
				}
				r.Rounds = append(r.Rounds, result)
			}
		}
		reports = append(reports, two...)
	}
	return o.print(cmd, reports)
}

func (o *durabilityOptions) measure(ctx context.Context, c durability.Config, mode client.Mode, kind string) (r durability.Result, err error) {
	binary, err := os.Executable()
	if err != nil {
		return r, err
	}
	folder, err := os.MkdirTemp(o.folder, "godwit-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(folder)
	extra := fmt.Sprintf("[limits]\nstanza_rate = 2_000_000_000\nbyte_rate = 2_000_000_000\n[store]\ndurability = %q\n", kind)
	server, err := daemon.New(binary, folder, 2*c.Pairs, extra)
	if err != nil {
		return r, err
	}
	if err := server.Start(ctx); err != nil {
		return r, err
	}
	defer server.Kill()
	keys := make([]client.LinkKeys, 2*c.Pairs)
	c.Client = func(i int) client.Config {
		return client.Config{
			JID: daemon.Account(i), Password: daemon.Password, Mode: mode, Address: server.Address(mode), Link: keys[i],
			TLS: &tls.Config{InsecureSkipVerify: true}, // its certificate is self-signed, and it is ours
		}
	}
	c.LoggedIn = func(i int, conn *client.Conn) { keys[i] = conn.LinkKeys() } // no device is logged in twice at once
	return durability.Run(ctx, c)
}

func (o *durabilityOptions) print(cmd *cobra.Command, reports []*durabilityReport) error {
	if o.json {
		enc := json.NewEncoder(cmd.OutOrStdout())
		for _, r := range reports {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "transport\tdurability\tmessages/s\tack, p50 ms\tack, p99 ms\tdelivery, p50 ms\tdelivery, p99 ms\tlate\t")
	for _, r := range reports {
		ms := func(get func(r durability.Result) time.Duration) string {
			return spread(r.Rounds, "%.2f", func(r durability.Result) float64 { return float64(get(r)) / float64(time.Millisecond) })
		}
		late := 0
		for _, round := range r.Rounds {
			late += round.Late
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t\n", r.Transport, r.Durability,
			spread(r.Rounds, "%.0f", func(r durability.Result) float64 { return r.PerSecond }),
			ms(func(r durability.Result) time.Duration { return r.Ack.P50 }), ms(func(r durability.Result) time.Duration { return r.Ack.P99 }),
			ms(func(r durability.Result) time.Duration { return r.Delivery.P50 }), ms(func(r durability.Result) time.Duration { return r.Delivery.P99 }), late)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s; the disk syncs 4 KiB in %v\n", machine(), reports[0].Sync.Round(time.Microsecond))
	return w.Flush()
}

// spread is the median of something over rounds, the least and the most.
func spread[R any, V cmp.Ordered](rounds []R, format string, get func(R) V) string {
	var all []V
	for _, r := range rounds {
		all = append(all, get(r))
	}
	slices.Sort(all)
	return fmt.Sprintf(format+" ("+format+"–"+format+")", all[len(all)/2], all[0], all[len(all)-1])
}
