package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/network"
	"github.com/godwit-im/godwit/bench/reconnect"
	"github.com/godwit-im/godwit/xmpp/client"
)

// reconnectOptions are the flags of bench reconnect.
type reconnectOptions struct {
	benchOptions
	profiles         []string
	rounds, parallel int
}

// reconnectReport is one line of its result.
type reconnectReport struct {
	reconnect.Result
	Machine string
}

func newBenchReconnect() *cobra.Command {
	o := reconnectOptions{
		profiles: []string{"lan", "satellite", "gprs", "edge", "3g-lossy", "lte-train", "wifi-to-lte", "captive"}, rounds: 11, parallel: 8,
	}
	long := "Starts a server of its own in a temporary folder, and lets clients that know it come back over bad networks, each in these ways:\n"
	for _, w := range reconnect.Ways {
		long += fmt.Sprintf("  %-8s %s\n", w.Name, w.About)
	}
	long += "Printed is the time from SYN to the message that has waited: the median of the rounds, the least and the most, and what the median is in round trips; and the bytes\n" +
		"of TCP's streams until then. On the network called captive it is the time until the client knows that this is no server. Delays are real time; the clients\n" +
		"share the machine, but wait for most of it. godwit bench network --list tells what the networks are like."
	cmd := o.command("reconnect", "How long a client that comes back waits for a message on bad networks", long, o.run)
	f := cmd.Flags()
	f.StringSliceVar(&o.profiles, "network", o.profiles, "the networks, in turn")
	f.IntVar(&o.rounds, "rounds", o.rounds, "how often each is measured; what happens by chance is another thing each time, and the same for all ways")
	f.IntVar(&o.parallel, "parallel", o.parallel, "how many clients at once")
	_ = cmd.RegisterFlagCompletionFunc("network", cobra.FixedCompletions(network.Names(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o *reconnectOptions) run(cmd *cobra.Command) error {
	if o.rounds < 1 || o.parallel < 1 || len(o.profiles) == 0 {
		return errors.New("--rounds, --parallel and --network: at least one")
	}
	c := reconnect.Config{Rounds: o.rounds, Parallel: o.parallel, Progress: progress(cmd, "")}
	for _, name := range o.profiles {
		p, err := network.Named(name)
		if err != nil {
			return fmt.Errorf("--network: %w", err)
		}
		c.Profiles = append(c.Profiles, p)
	}
	var reports []reconnectReport
	err := withServer(cmd.Context(), "", nil, c.Accounts(), busyLimits, func(_ string, server *daemon.Server) error {
		results, err := o.measure(cmd.Context(), c, server)
		for _, r := range results {
			reports = append(reports, reconnectReport{r, o.machine()})
		}
		return err
	})
	if err != nil {
		return err
	}
	tellRefusals(cmd.ErrOrStderr(), reports)
	return printReports(cmd, &o.benchOptions, reports, func(w io.Writer) { reconnectTable(w, reports) })
}

func (o *reconnectOptions) measure(ctx context.Context, c reconnect.Config, server *daemon.Server) ([]reconnect.Result, error) {
	c.Address = server.Address
	c.Client = func(i int) client.Config { return clientOf(i, 0, "") }
	return reconnect.Run(ctx, c)
}

func reconnectTable(w io.Writer, reports []reconnectReport) {
	fmt.Fprintln(w, "network\tway\trounds\tto the message\tleast\tmost\tround trips\tbytes up\tdown\t\t")
	for _, r := range reports {
		ms := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
		trips, note := "", ""
		if r.RoundTrips > 0 {
			trips = fmt.Sprintf("%.2f", r.RoundTrips)
		}
		if r.Refused != "" {
			note = "refused"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%v\t%v\t%v\t%s\t%d\t%d\t%s\t\n", r.Network, r.Way, r.Rounds, ms(r.Time), ms(r.Least), ms(r.Most), trips, r.Up, r.Down, note)
	}
}

// tellRefusals tells how clients have found out that somebody is no server.
func tellRefusals(w io.Writer, reports []reconnectReport) {
	for _, r := range reports {
		if r.Refused != "" {
			fmt.Fprintf(w, "%s, %s, refused: %s\n", r.Network, r.Way, r.Refused)
		}
	}
}
