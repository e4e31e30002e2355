package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/idle"
	"github.com/godwit-im/godwit/xmpp/client"
)

// idleOptions are the flags of bench idle.
type idleOptions struct {
	benchOptions
	sessions, parallel int
	settle             time.Duration
}

// idleReport is one line of its result.
type idleReport struct {
	Transport string
	idle.Result
	Machine string
}

func newBenchIdle() *cobra.Command {
	o := idleOptions{
		benchOptions: benchOptions{transports: []string{"plain", "tls", "link"}},
		sessions:     10_000, parallel: 32, settle: 10 * time.Second,
	}
	cmd := o.command("idle", "Memory of the server per idle session, logged in with presence sent",
		"Starts a server of its own in a temporary folder, lets clients log in and send presence, and reads the resident memory (Pss)\n"+
			"of its process before and after, when it has settled. Each session is of its own account.", o.run)
	f := cmd.Flags()
	f.IntVar(&o.sessions, "sessions", o.sessions, "how many clients log in; each needs a file descriptor here and one in the server")
	f.IntVar(&o.parallel, "parallel", o.parallel, "how many log in at once")
	f.DurationVar(&o.settle, "settle", o.settle, "how long memory must not have fallen to count as settled")
	return cmd
}

func (o *idleOptions) run(cmd *cobra.Command) error {
	if o.sessions < 1 || o.parallel < 1 {
		return fmt.Errorf("--sessions and --parallel: at least one")
	}
	var reports []idleReport
	err := o.eachTransport(func(name string, mode client.Mode) error {
		r, err := o.measure(cmd.Context(), mode, progress(cmd, name+": "))
		reports = append(reports, idleReport{name, r, o.machine()})
		return err
	})
	if err != nil {
		return err
	}
	return printReports(cmd, &o.benchOptions, reports, func(w io.Writer) {
		fmt.Fprintln(w, "transport\tsessions\tserver before\tserver with\tbytes/session\tlogins/s\tserver CPU/session\t")
		for _, r := range reports {
			fmt.Fprintf(w, "%s\t%d\t%.1f MiB\t%.1f MiB\t%d\t%.0f\t%v\t\n", r.Transport, r.Sessions, float64(r.Before)/(1<<20), float64(r.After)/(1<<20),
				r.PerSession, float64(r.Sessions)/r.LoginTime.Seconds(), r.CPU.Round(10*time.Microsecond))
		}
	})
}

func (o *idleOptions) measure(ctx context.Context, mode client.Mode, progress func(string, ...any)) (r idle.Result, err error) {
	err = withServer(ctx, "", nil, o.sessions, busyLimits, func(_ string, server *daemon.Server) (err error) {
		r, err = idle.Run(ctx, idle.Config{
			PID: server.PID(), Sessions: o.sessions, Parallel: o.parallel, Settle: o.settle, Progress: progress,
			Client: func(i int) client.Config { return clientOf(i, mode, server.Address(mode)) },
		})
		return err
	})
	return r, err
}
