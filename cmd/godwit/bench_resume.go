package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/resume"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// resumeOptions are the flags of bench resume.
type resumeOptions struct {
	benchOptions
	sessions, parallel, back int
	quiet                    time.Duration
}

// resumeReport is one line of its result.
type resumeReport struct {
	Transport string
	resume.Result
	Tickets int // TLS handshakes that a ticket of an earlier one made short
	Machine string
}

func newBenchResume() *cobra.Command {
	o := resumeOptions{
		benchOptions: benchOptions{transports: []string{"plain", "link"}},
		sessions:     10_000, parallel: 64, back: 10_000, quiet: 5 * time.Second,
	}
	cmd := o.command("resume", "How long it takes until many sessions are back that lost their connections at once",
		"Starts a server of its own in a temporary folder, logs clients in, cuts all their connections, sends each a message, and lets them come\n"+
			"back and go on with their streams (XEP-0198). Printed are the times until the last one is back and until the last message has come, and the\n"+
			"longest wait of a message between two sessions that kept their connections, before and in the storm. The clients share the machine.", o.run)
	f := cmd.Flags()
	f.IntVar(&o.sessions, "sessions", o.sessions, "how many sessions; each needs a file descriptor here and one in the server")
	f.IntVar(&o.parallel, "parallel", o.parallel, "how many log in at once")
	f.IntVar(&o.back, "back", o.back, "how many come back at once")
	f.DurationVar(&o.quiet, "quiet", o.quiet, "how long the two others are listened to before the storm")
	cmd.AddCommand(newBenchResumeChild())
	return cmd
}

// newBenchResumeChild makes the command that bench resume runs for the two who keep their connections.
func newBenchResumeChild() *cobra.Command {
	return &cobra.Command{
		Use: "talk TRANSPORT ADDRESS FIRST", Short: "Let two sessions talk, and tell how long their messages take", Hidden: true, Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			first, err := strconv.Atoi(args[2])
			if err != nil {
				return err
			}
			mode, address := transports[args[0]], args[1]
			return resume.Talk(cmd.Context(), clientOf(first, mode, address), clientOf(first+1, mode, address), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

func (o *resumeOptions) run(cmd *cobra.Command) error {
	if o.sessions < 1 || o.parallel < 1 || o.back < 1 {
		return errors.New("--sessions, --parallel and --back: at least one")
	}
	var reports []resumeReport
	err := o.eachTransport(func(name string, mode client.Mode) error {
		r, err := o.measure(cmd.Context(), name, mode, progress(cmd, name+": "))
		reports = append(reports, r)
		return err
	})
	if err != nil {
		return err
	}
	return printReports(cmd, &o.benchOptions, reports, func(w io.Writer) {
		fmt.Fprintln(w, "transport\tsessions\tall resumed\tall caught up\tretries\ttickets\tlongest wait before\tin the storm\tof messages\t")
		for _, r := range reports {
			ms := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
			fmt.Fprintf(w, "%s\t%d\t%v\t%v\t%d\t%d\t%v\t%v\t%d\t\n", r.Transport, r.Sessions, ms(r.Result.Resumed), ms(r.CaughtUp),
				r.Retries, r.Tickets, ms(r.QuietWait), ms(r.StormWait), r.Messages)
		}
	})
}

func (o *resumeOptions) measure(ctx context.Context, transport string, mode client.Mode, progress func(string, ...any)) (r resumeReport, err error) {
	// What a phone keeps while it runs. No device is logged in twice at once.
	keys := make([]client.LinkKeys, o.sessions+resume.Others)
	passwords := make([]sasl.ClientKeys, o.sessions+resume.Others)
	tickets := make([]tls.ClientSessionCache, o.sessions+resume.Others)
	for i := range tickets {
		tickets[i] = tls.NewLRUClientSessionCache(1)
	}
	var short atomic.Int64
	err = withServer(ctx, "", nil, o.sessions+resume.Others, busyLimits, func(binary string, server *daemon.Server) (err error) {
		address := server.Address(mode)
		r.Result, err = resume.Run(ctx, resume.Config{
			Sessions: o.sessions, Parallel: o.parallel, Back: o.back, Quiet: o.quiet, Progress: progress,
			Client: func(i int) client.Config {
				c := clientOf(i, mode, address)
				c.Link, c.Keys = keys[i], &passwords[i]
				c.TLS.ClientSessionCache = tickets[i]
				c.TLS.VerifyConnection = func(state tls.ConnectionState) error {
					if state.DidResume {
						short.Add(1)
					}
					return nil
				}
				return c
			},
			Talk: func(ctx context.Context, asked io.Reader, out io.Writer) error {
				child := exec.CommandContext(ctx, binary, "bench", "resume", "talk", transport, address, strconv.Itoa(o.sessions+1))
				return runTold(child, "the two who talk", asked, out)
			},
			LoggedIn: func(i int, conn *client.Conn) { keys[i] = conn.LinkKeys() },
		})
		return err
	})
	r.Transport, r.Tickets, r.Machine = transport, int(short.Load()), o.machine()
	return r, err
}
