package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/xmpp/client"
)

func newBench() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure this Godwit on this machine"}
	cmd.AddCommand(newBenchIdle(), newBenchCodec(), newBenchResume(), newBenchParked(), newBenchDurability(), newBenchLink(), newBenchNetwork(),
		newBenchReconnect(), newBenchChat(), newBenchLogin(), newBenchCompare(), newBenchAttack())
	return cmd
}

// benchOptions is what the commands of benchmarks share: how they are declared, how they say how far they are, and how they print.
type benchOptions struct {
	transports []string // to be measured in turn; nil: it makes no connections
	json       bool
	before     figures.Machine // the machine before the run
}

// command makes the command of a benchmark, with the flags that all have.
func (o *benchOptions) command(use, short, long string, run func(cmd *cobra.Command) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.before = figures.ThisMachine()
			return run(cmd)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON, a line for each result")
	if o.transports != nil {
		cmd.Flags().StringSliceVar(&o.transports, "transport", o.transports, "plain, starttls, tls or link; several are measured in turn")
		_ = cmd.RegisterFlagCompletionFunc("transport",
			cobra.FixedCompletions(slices.Sorted(maps.Keys(transports)), cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

// eachTransport calls f for the transports asked for, in turn.
func (o *benchOptions) eachTransport(f func(name string, mode client.Mode) error) error {
	for _, name := range o.transports {
		mode, ok := transports[name]
		if !ok {
			return fmt.Errorf("--transport %s: there are plain, starttls, tls and link", name)
		}
		if err := f(name, mode); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// progress tells on stderr how far a benchmark is, each line behind a prefix.
func progress(cmd *cobra.Command, prefix string) func(format string, a ...any) {
	return func(format string, a ...any) { fmt.Fprintf(cmd.ErrOrStderr(), prefix+format+"\n", a...) }
}

// machine says where a figure comes from.
func (o *benchOptions) machine() string { return o.before.String() }

// printReports prints what came out: as JSON, a line for each report, or as a table whose cells end with tabs.
func printReports[R any](cmd *cobra.Command, o *benchOptions, reports []R, table func(w io.Writer)) error {
	if o.json {
		enc := json.NewEncoder(cmd.OutOrStdout())
		for _, r := range reports {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintln(cmd.ErrOrStderr(), o.machine())
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', tabwriter.AlignRight)
	table(w)
	return w.Flush()
}

// busyLimits let the clients of a benchmark send as fast as they can. All of them are in one process, and share its CPUs with the server: they may be slower
// than a phone, which has its own.
const busyLimits = "[limits]\nstanza_rate = 2_000_000_000\nbyte_rate = 2_000_000_000\nhandshake_timeout = \"1m\"\nlogin_timeout = \"2m\"\n"

// withServer runs a server of its own for f, on new data in a folder below parent ("": that for temporary files), on the given CPUs (none: all), with so many accounts
// and extra lines in its configuration.
func withServer(ctx context.Context, parent string, cpus []int, accounts int, extra string, f func(binary string, s *daemon.Server) error) error {
	return withPrepared(ctx, parent, cpus, accounts, extra, func(*daemon.Server) error { return nil }, f)
}

// withPrepared is withServer for one whose data prepare adds to before it starts.
func withPrepared(ctx context.Context, parent string, cpus []int, accounts int, extra string, prepare func(s *daemon.Server) error, f func(binary string, s *daemon.Server) error) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	return withFolder(parent, func(folder string) error {
		server, err := daemon.New(binary, folder, accounts, extra)
		if err != nil {
			return err
		}
		if err := prepare(server); err != nil {
			return err
		}
		err = proc.Start(cpus, func() error { return server.Start(ctx) })
		if err == nil {
			err = f(binary, server)
		}
		if killed := server.Kill(); err != nil {
			err = errors.Join(err, killed) // it may have ended by itself: that tells why
		}
		return err
	})
}

// withFolder calls f with a new folder below parent ("": that for temporary files), which is removed afterwards.
func withFolder(parent string, f func(folder string) error) error {
	folder, err := os.MkdirTemp(parent, "godwit-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return f(folder)
}

// clientOf is the client of account i.
func clientOf(i int, mode client.Mode, address string) client.Config {
	return client.Config{
		JID: daemon.Account(i), Password: daemon.Password, Mode: mode, Address: address,
		TLS: &tls.Config{InsecureSkipVerify: true}, // its certificate is self-signed, and it is ours
	}
}

// runTold runs a command of this program that does what it is told through asked, and answers. who it is says the error, with what it has said of itself.
func runTold(child *exec.Cmd, who string, asked io.Reader, answers io.Writer) error {
	in, err := child.StdinPipe() // not its Stdin: Run would wait for the end of asked when the child has ended before its time
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(in, asked)
		in.Close()
	}()
	var said bytes.Buffer
	child.Stdout, child.Stderr = answers, &said
	if err := child.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", who, err, said.Bytes())
	}
	return nil
}
