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
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/resume"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// resumeOptions are the flags of bench resume.
type resumeOptions struct {
	sessions, parallel, back int
	quiet                    time.Duration
	transports               []string
	json                     bool
}

// resumeReport is one line of its result.
type resumeReport struct {
	Transport string
	resume.Result
	Machine string
}

func newBenchResume() *cobra.Command {
	o := resumeOptions{sessions: 10_000, parallel: 64, back: 10_000, quiet: 5 * time.Second, transports: []string{"plain", "link"}}
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "How long it takes until many sessions are back that lost their connections at once",
		Long: "Starts a server of its own in a temporary folder, logs clients in, cuts all their connections, sends each a message, and lets them come\n" +
			"back and go on with their streams (XEP-0198). Printed are the times until the last one is back and until the last message has come, and the\n" +
			"longest wait of a message between two sessions that kept their connections, before and in the storm. The clients share the machine.",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.IntVar(&o.sessions, "sessions", o.sessions, "how many sessions; each needs a file descriptor here and one in the server")
	f.IntVar(&o.parallel, "parallel", o.parallel, "how many log in at once")
	f.IntVar(&o.back, "back", o.back, "how many come back at once")
	f.DurationVar(&o.quiet, "quiet", o.quiet, "how long the two others are listened to before the storm")
	f.StringSliceVar(&o.transports, "transport", o.transports, "plain, starttls, tls or link; several are measured in turn")
	f.BoolVar(&o.json, "json", false, "print JSON, a line for each transport")
	_ = cmd.RegisterFlagCompletionFunc("transport",
		cobra.FixedCompletions(slices.Sorted(maps.Keys(transports)), cobra.ShellCompDirectiveNoFileComp))
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

// clientOf is the client of account i.
func clientOf(i int, mode client.Mode, address string) client.Config {
	return client.Config{
		JID: daemon.Account(i), Password: daemon.Password, Mode: mode, Address: address,
		TLS: &tls.Config{InsecureSkipVerify: true}, // its certificate is self-signed, and it is ours
	}
}

func (o *resumeOptions) run(cmd *cobra.Command) error {
	if o.sessions < 1 || o.parallel < 1 || o.back < 1 {
		return errors.New("--sessions, --parallel and --back: at least one")
	}
	var reports []resumeReport
	for _, name := range o.transports {
		if _, ok := transports[name]; !ok {
			return fmt.Errorf("--transport %s: there are plain, starttls, tls and link", name)
		}
		progress := func(format string, a ...any) { fmt.Fprintf(cmd.ErrOrStderr(), name+": "+format+"\n", a...) }
		r, err := o.measure(cmd.Context(), name, progress)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		reports = append(reports, resumeReport{name, r, machine()})
	}
	return o.print(cmd, reports)
}

func (o *resumeOptions) measure(ctx context.Context, transport string, progress func(string, ...any)) (r resume.Result, err error) {
	binary, err := os.Executable()
	if err != nil {
		return r, err
	}
	folder, err := os.MkdirTemp("", "godwit-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(folder)
	server, err := daemon.New(binary, folder, o.sessions+resume.Others, "[limits]\nstanza_rate = 2_000_000_000\nbyte_rate = 2_000_000_000\n")
	if err != nil {
		return r, err
	}
	if err := server.Start(ctx); err != nil {
		return r, err
	}
	defer server.Kill()
	mode := transports[transport]
	address := server.Address(mode)
	// What a phone keeps while it runs. No device is logged in twice at once.
	keys := make([]client.LinkKeys, o.sessions+resume.Others)
	passwords := make([]sasl.ClientKeys, o.sessions+resume.Others)
	tickets := make([]tls.ClientSessionCache, o.sessions+resume.Others)
	for i := range tickets {
		tickets[i] = tls.NewLRUClientSessionCache(1)
	}
	return resume.Run(ctx, resume.Config{
		Sessions: o.sessions, Parallel: o.parallel, Back: o.back, Quiet: o.quiet, Progress: progress,
		Client: func(i int) client.Config {
			c := clientOf(i, mode, address)
			c.Link, c.Keys = keys[i], &passwords[i]
			c.TLS.ClientSessionCache = tickets[i]
			return c
		},
		Talk: func(ctx context.Context, asked io.Reader, out io.Writer) error {
			child := exec.CommandContext(ctx, binary, "bench", "resume", "talk", transport, address, strconv.Itoa(o.sessions+1))
			var said bytes.Buffer
			child.Stdin, child.Stdout, child.Stderr = asked, out, &said
			if err := child.Run(); err != nil {
				return fmt.Errorf("the two who talk: %w: %s", err, said.Bytes())
			}
			return nil
		},
		LoggedIn: func(i int, conn *client.Conn) { keys[i] = conn.LinkKeys() },
	})
}

func (o *resumeOptions) print(cmd *cobra.Command, reports []resumeReport) error {
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
	fmt.Fprintln(w, "transport\tsessions\tall resumed\tall caught up\tretries\tlongest wait before\tin the storm\tof messages\t")
	for _, r := range reports {
		ms := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
		fmt.Fprintf(w, "%s\t%d\t%v\t%v\t%d\t%v\t%v\t%d\t\n", r.Transport, r.Sessions, ms(r.Result.Resumed), ms(r.CaughtUp), r.Retries, ms(r.QuietWait), ms(r.StormWait), r.Messages)
	}
	fmt.Fprintln(cmd.ErrOrStderr(), machine())
	return w.Flush()
}
