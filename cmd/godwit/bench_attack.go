package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/attack"
	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// attackOptions are the flags of bench attack.
type attackOptions struct {
	benchOptions
	attacks         []string
	peace, duration time.Duration
}

// attackReport is one line of its result.
type attackReport struct {
	attack.Result
	Machine string
}

// strict has the server take its own machine's addresses for any others: the limits for each address hold as they do on the Internet.
const strict = "[limits]\nlimit_loopback = true\n"

func newBenchAttack() *cobra.Command {
	o := attackOptions{attacks: attack.Attacks(), peace: 5 * time.Second, duration: 15 * time.Second}
	var long strings.Builder
	long.WriteString("Starts a server of its own in a temporary folder, with the limits that it has unless it is told others. Pairs of honest users write to each other, and one\n" +
		"logs in again and again. Printed is what they felt in peace and during each attack, and the server's memory. The attackers come from other addresses,\n" +
		"and have the least priority and, where there are two, the last CPU for themselves. The attacks:\n")
	for _, name := range o.attacks {
		fmt.Fprintf(&long, "\n  %-12s %s", name, attack.What(name))
	}
	cmd := o.command("attack", "What honest users feel while others attack the server", long.String(), o.run)
	f := cmd.Flags()
	f.StringSliceVar(&o.attacks, "attack", o.attacks, "which attacks, in turn")
	f.DurationVar(&o.peace, "peace", o.peace, "how long the users are watched before each attack")
	f.DurationVar(&o.duration, "for", o.duration, "how long an attack lasts")
	_ = cmd.RegisterFlagCompletionFunc("attack", cobra.FixedCompletions(attack.Attacks(), cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(newBenchAttackChild())
	return cmd
}

// newBenchAttackChild makes the command that bench attack runs for the attackers.
func newBenchAttackChild() *cobra.Command {
	return &cobra.Command{
		Use: "play ATTACK PLAIN TLS LINK", Short: "Attack a server", Hidden: true, Args: cobra.ExactArgs(4),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := proc.Yield(); err != nil {
				return err
			}
			keys := make([]sasl.ClientKeys, attack.Accounts)
			t := attack.Target{Plain: args[1], TLS: args[2], Link: args[3], Victim: daemon.Account(1), Client: func(i int) client.Config {
				c := clientOf(i, client.Plain, args[1])
				c.Keys = &keys[i]
				return c
			}}
			return attack.Play(cmd.Context(), t, args[0], cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

// standApart keeps this process off the last CPU, which is for the attackers: whoever shares a CPU with a process that never rests waits a tenth of a second now
// and then, however low that one's priority is. It returns that CPU and those for the server, none where there is but one, and how to end it. The server must have its CPUs from
// the beginning: it asks then how many there are.
func standApart() (server, attackers []int, end func(), err error) {
	all := proc.CPUs()
	if len(all) < 2 {
		return nil, nil, func() {}, nil
	}
	server, attackers = all[:len(all)-1], all[len(all)-1:]
	if err := proc.Pin(os.Getpid(), server); err != nil {
		return nil, nil, nil, err
	}
	return server, attackers, func() { _ = proc.Pin(os.Getpid(), all) }, nil
}

func (o *attackOptions) run(cmd *cobra.Command) error {
	for _, name := range o.attacks {
		if !slices.Contains(attack.Attacks(), name) {
			return fmt.Errorf("--attack %s: there are %s", name, strings.Join(attack.Attacks(), ", "))
		}
	}
	if o.peace <= 0 || o.duration <= 0 {
		return fmt.Errorf("--peace and --for: they take some time")
	}
	var reports []attackReport
	cpus, attackers, end, err := standApart()
	if err != nil {
		return err
	}
	defer end()
	err = withServer(cmd.Context(), "", cpus, attack.Accounts, strict, func(binary string, server *daemon.Server) error {
		keys := make([]sasl.ClientKeys, attack.Accounts)
		results, err := attack.Run(cmd.Context(), attack.Config{
			Peace: o.peace, Duration: o.duration, Progress: progress(cmd, ""),
			Memory: func() (int64, error) { return proc.Memory(server.PID()) },
			Client: func(i int) client.Config {
				c := clientOf(i, client.Plain, server.Address(client.Plain))
				c.Keys = &keys[i]
				return c
			},
			Play: func(ctx context.Context, name string, asked io.Reader, out io.Writer) error {
				child := exec.CommandContext(ctx, binary, "bench", "attack", "play", name,
					server.Address(client.Plain), server.Address(client.DirectTLS), server.Address(client.Link))
				return proc.Start(attackers, func() error { return runTold(child, "the attackers", asked, out) })
			},
		}, o.attacks)
		for _, r := range results {
			reports = append(reports, attackReport{r, o.machine()})
		}
		return err
	})
	if err != nil {
		return err
	}
	return printReports(cmd, &o.benchOptions, reports, func(w io.Writer) {
		fmt.Fprintln(w, "attack\tp50 before\tp99 before\tp50\tp99\tmost\tp99 ×\tlate\tclosed\tlogins\trefused\tlogin p50 before\tlogin p50\tmemory before\tmost\tafter\t")
		for _, r := range reports {
			a, b := r.Peace, r.During
			fmt.Fprintf(w, "%s\t%.2f ms\t%.2f ms\t%.2f ms\t%.2f ms\t%.1f ms\t%.2f\t%d\t%d\t%d\t%d\t%.1f ms\t%.1f ms\t%d MiB\t%d MiB\t%d MiB\t\n",
				r.Attack, a.P50, a.P99, b.P50, b.P99, b.Max, r.Ratio, b.Late, b.Closed, b.Logins, b.Refused, a.LoginP50, b.LoginP50,
				a.MemoryThen>>20, b.MemoryMost>>20, b.MemoryThen>>20)
		}
	})
}
