package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/idle"
	"github.com/godwit-im/godwit/xmpp/client"
)

func newBench() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure this Godwit on this machine"}
	cmd.AddCommand(newBenchIdle(), newBenchCodec(), newBenchResume(), newBenchParked(), newBenchDurability())
	return cmd
}

// idleOptions are the flags of bench idle.
type idleOptions struct {
	sessions, parallel int
	settle             time.Duration
	transports         []string
	json               bool
}

// idleReport is one line of its result.
type idleReport struct {
	Transport string
	idle.Result
	Machine string
}

func newBenchIdle() *cobra.Command {
	o := idleOptions{sessions: 10_000, parallel: 32, settle: 10 * time.Second, transports: []string{"plain", "tls", "link"}}
	cmd := &cobra.Command{
		Use:   "idle",
		Short: "Memory of the server per idle session, logged in with presence sent",
		Long: "Starts a server of its own in a temporary folder, lets clients log in and send presence, and reads the resident memory (Pss)\n" +
			"of its process before and after, when it has settled. Each session is of its own account.",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.IntVar(&o.sessions, "sessions", o.sessions, "how many clients log in; each needs a file descriptor here and one in the server")
	f.IntVar(&o.parallel, "parallel", o.parallel, "how many log in at once")
	f.DurationVar(&o.settle, "settle", o.settle, "how long memory must not have fallen to count as settled")
	f.StringSliceVar(&o.transports, "transport", o.transports, "plain, starttls, tls or link; several are measured in turn")
	f.BoolVar(&o.json, "json", false, "print JSON, a line for each transport")
	_ = cmd.RegisterFlagCompletionFunc("transport",
		cobra.FixedCompletions(slices.Sorted(maps.Keys(transports)), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o *idleOptions) run(cmd *cobra.Command) error {
	var reports []idleReport
	for _, name := range o.transports {
		mode, ok := transports[name]
		if !ok {
			return fmt.Errorf("--transport %s: there are plain, starttls, tls and link", name)
		}
		progress := func(format string, a ...any) { fmt.Fprintf(cmd.ErrOrStderr(), name+": "+format+"\n", a...) }
		r, err := o.measure(cmd.Context(), mode, progress)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		reports = append(reports, idleReport{name, r, machine()})
	}
	return o.print(cmd, reports)
}

// machine says where a figure comes from.
func machine() string {
	return fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

func (o *idleOptions) measure(ctx context.Context, mode client.Mode, progress func(string, ...any)) (r idle.Result, err error) {
	binary, err := os.Executable()
	if err != nil {
		return r, err
	}
	folder, err := os.MkdirTemp("", "godwit-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(folder)
	server, err := daemon.New(binary, folder, o.sessions, "")
	if err != nil {
		return r, err
	}
	if err := server.Start(ctx); err != nil {
		return r, err
	}
	defer server.Kill()
	return idle.Run(ctx, idle.Config{
		PID: server.PID(), Sessions: o.sessions, Parallel: o.parallel, Settle: o.settle, Progress: progress,
		Client: func(i int) client.Config {
			return client.Config{
				JID: daemon.Account(i), Password: daemon.Password, Mode: mode, Address: server.Address(mode),
				TLS: &tls.Config{InsecureSkipVerify: true}, // its certificate is self-signed, and it is ours
			}
		},
	})
}

func (o *idleOptions) print(cmd *cobra.Command, reports []idleReport) error {
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
	fmt.Fprintln(w, "transport\tsessions\tserver before\tserver with\tbytes/session\tlogins/s\tserver CPU/session\t")
	for _, r := range reports {
		fmt.Fprintf(w, "%s\t%d\t%.1f MiB\t%.1f MiB\t%d\t%.0f\t%v\t\n", r.Transport, r.Sessions, float64(r.Before)/(1<<20), float64(r.After)/(1<<20),
			r.PerSession, float64(r.Sessions)/r.LoginTime.Seconds(), r.CPU.Round(10*time.Microsecond))
	}
	fmt.Fprintln(cmd.ErrOrStderr(), machine())
	return w.Flush()
}
