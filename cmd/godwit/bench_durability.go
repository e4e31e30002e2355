package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/durability"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
)

// durabilityOptions are the flags of bench durability.
type durabilityOptions struct {
	benchOptions
	durability.Config
	rounds int
	folder string
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
		benchOptions: benchOptions{transports: []string{"plain", "link"}},
		Config:       durability.Config{Pairs: 32, Timed: 1000, Rate: 200, Messages: 60_000, Window: 32},
		rounds:       5,
	}
	cmd := o.command("durability", "What it costs that a message is on disk before it is acknowledged and delivered",
		"Starts a server of its own, on new data in a temporary folder, with strict and with relaxed durability in turn, and lets pairs of clients write chat\n"+
			"messages that are archived and acked. Printed are how many messages a second are acked and delivered when all write as fast as they can, and how long\n"+
			"a message takes to its ack and to its delivery at a modest rate: the median of the rounds, and the least and the most. The clients share the machine.\n"+
			"The JSON is a line for each transport and durability, with all rounds.", o.run)
	f := cmd.Flags()
	f.IntVar(&o.Pairs, "pairs", o.Pairs, "how many pairs of clients, one of which writes to the other")
	f.IntVar(&o.Messages, "messages", o.Messages, "how many messages are written as fast as they can be, in each round")
	f.IntVar(&o.Window, "window", o.Window, "how many of them each client may have without an ack")
	f.IntVar(&o.Timed, "timed", o.Timed, "how many messages are timed, in each round")
	f.Float64Var(&o.Rate, "rate", o.Rate, "how many of these are written in a second, by all together")
	f.IntVar(&o.rounds, "rounds", o.rounds, "how often each is measured")
	f.StringVar(&o.folder, "folder", "", "`folder` on the disk that is to be measured (default: that for temporary files)")
	_ = cmd.MarkFlagDirname("folder")
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
	err = o.eachTransport(func(name string, mode client.Mode) error {
		two := []*durabilityReport{
			{Transport: name, Durability: store.Strict, Sync: sync, Machine: o.machine()},
			{Transport: name, Durability: store.Relaxed, Sync: sync, Machine: o.machine()},
		}
		reports = append(reports, two...)
		for round := range o.rounds {
			for _, r := range two {
				c := o.Config
				c.Progress = progress(cmd, fmt.Sprintf("%s, round %d, %s: ", name, round+1, r.Durability))
				result, err := o.measure(cmd.Context(), c, mode, r.Durability)
				if err != nil {
					return fmt.Errorf("%s: %w", r.Durability, err)
				}
				r.Rounds = append(r.Rounds, result)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return printReports(cmd, &o.benchOptions, reports, func(w io.Writer) {
		fmt.Fprintf(cmd.ErrOrStderr(), "the disk syncs 4 KiB in %v\n", sync.Round(time.Microsecond))
		durabilityTable(w, reports)
	})
}

func (o *durabilityOptions) measure(ctx context.Context, c durability.Config, mode client.Mode, kind string) (r durability.Result, err error) {
	extra := busyLimits + fmt.Sprintf("[store]\ndurability = %q\n", kind)
	err = withServer(ctx, o.folder, nil, 2*c.Pairs, extra, func(_ string, server *daemon.Server) (err error) {
		keys := make([]client.LinkKeys, 2*c.Pairs)
		c.Client = func(i int) client.Config {
			client := clientOf(i, mode, server.Address(mode))
			client.Link = keys[i]
			return client
		}
		c.LoggedIn = func(i int, conn *client.Conn) { keys[i] = conn.LinkKeys() } // no device is logged in twice at once
		r, err = durability.Run(ctx, c)
		return err
	})
	return r, err
}

func durabilityTable(w io.Writer, reports []*durabilityReport) {
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
