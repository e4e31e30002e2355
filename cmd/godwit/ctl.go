package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
)

func newCtl() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ctl",
		Short: "See and end the sessions of a running server",
		Long: "See and end the sessions of a running server.\n" +
			"Without --config and --data, localserve is meant.",
	}
	p := new(place)
	p.flags(cmd)
	cmd.AddCommand(newCtlSessions(p), newCtlWatch(p), newCtlKick(p))
	return cmd
}

func newCtlSessions(p *place) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sessions [ADDRESS]",
		Short: "List sessions: all, those of an account, or one",
		Long: "List sessions: all, those of an account, or one.\n\n" +
			"TRANSPORT is plain, tls or link; parked: the connection is lost, and the stream can be resumed (XEP-0198).\n" +
			"SINCE is when the connection began, or was lost, HEARD when something came from the client last.\n" +
			"STATE: resumable; inactive, when nobody looks (XEP-0352); behind, when archived messages wait to be sent.\n" +
			"UNACKED are stanzas that were sent and are not acked, QUEUED those that wait in memory to be sent.\n" +
			"IN and OUT are bytes of the connection, as the network has them.",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: p.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			q := admin.Request{Do: admin.ListSessions}
			if len(args) > 0 {
				q.JID = args[0]
			}
			r, err := p.ask(cmd, q)
			if err != nil {
				return err
			}
			return printSessions(cmd.OutOrStdout(), r.Table, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func newCtlKick(p *place) *cobra.Command {
	return &cobra.Command{
		Use:   "kick ADDRESS",
		Short: "End the sessions of an account, or one",
		Long: "End the sessions of an account, or one: the client is told policy-violation, and cannot resume its stream. It may log in again;\n" +
			"to keep it out, forget its device or set a new password (godwit user).",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := p.ask(cmd, admin.Request{Do: admin.KickSessions, JID: args[0]})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "ended %s of %s\n", count(r.Kicked, "session"), args[0])
			return err
		},
	}
}

func newCtlWatch(p *place) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "watch ADDRESS",
		Short: "Show what an account's sessions say and are told, or one",
		Long: "Show what an account's sessions say and are told, or one, from now on until Ctrl-C. A line is an element, as XML whatever the\n" +
			"transport is; > is from the client, < to it. What does not print is written as a character reference.\n\n" +
			"Logins, passwords and what lets somebody push are not shown. All else is: whom people write to, and what.\n" +
			"The log of the server says that you have watched. When lines come faster than they are taken, some are left out,\n" +
			"and how many is said: the session never waits.",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := p.dataFolder()
			if err != nil {
				return err
			}
			begun := func(sessions []admin.Session) error {
				_, err := fmt.Fprintf(cmd.ErrOrStderr(), "watching %s: %s now; Ctrl-C ends it\n", args[0], count(len(sessions), "session"))
				return err
			}
			show := printShown(cmd.OutOrStdout())
			if asJSON {
				show = jsonShown(cmd.OutOrStdout())
			}
			return admin.Watch(cmd.Context(), data, args[0], begun, show)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

// ask has the running server do one operation.
func (p *place) ask(cmd *cobra.Command, q admin.Request) (r admin.Reply, err error) {
	data, err := p.dataFolder()
	if err != nil {
		return r, err
	}
	door, err := admin.Connect(data)
	if err != nil {
		return r, err
	}
	return door.Do(cmd.Context(), q)
}

// dataFolder returns the data folder that is meant.
func (p *place) dataFolder() (string, error) {
	if p.config == "" {
		return p.folder(), nil
	}
	c, err := config.Load(p.config)
	if err != nil {
		return "", err
	}
	return c.Data, nil
}

// count says how many there are of something.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func printSessions(w io.Writer, sessions []admin.Session, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		for _, s := range sessions {
			if err := e.Encode(s); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ADDRESS\tTRANSPORT\tPEER\tSINCE\tHEARD\tSTATE\tUNACKED\tQUEUED\tIN\tOUT\tCLIENT")
	for _, s := range sessions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", visible(s.JID), s.Transport, printable(s.Peer), second(s.Since), second(s.Heard),
			states(s), s.Unacked, s.Queued, s.Received, s.Sent, printable(cmp.Or(s.Client, s.Device)))
	}
	return t.Flush()
}

// states says what is true of a session.
func states(s admin.Session) string {
	var all []string
	for _, state := range []struct {
		name string
		is   bool
	}{{"resumable", s.Resumable}, {"inactive", s.Inactive}, {"behind", s.Behind}} {
		if state.is {
			all = append(all, state.name)
		}
	}
	if all == nil {
		return "-"
	}
	return strings.Join(all, ",")
}

// second is a time to the second, "-" for none.
func second(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

func jsonShown(w io.Writer) func(admin.Shown) error {
	e := json.NewEncoder(w)
	return func(s admin.Shown) error { return e.Encode(s) }
}

func printShown(w io.Writer) func(admin.Shown) error {
	return func(s admin.Shown) error {
		if s.Dropped > 0 {
			_, err := fmt.Fprintf(w, "… %s left out\n", count(s.Dropped, "line"))
			return err
		}
		arrow := '>'
		if s.Out {
			arrow = '<'
		}
		_, err := fmt.Fprintf(w, "%s %s %c %s\n", s.Time.Local().Format("15:04:05.000"), visible(s.Session), arrow, visible(s.XML))
		return err
	}
}

// visible writes what does not print as XML's character references: a line stays one, and plays no tricks with the terminal.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#x%X;", r)
		}
	}
	return b.String()
}

// completeSessions completes an address from the sessions there are.
func (p *place) completeSessions(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	r, err := p.ask(cmd, admin.Request{Do: admin.ListSessions})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, s := range r.Table {
		account, _, _ := strings.Cut(s.JID, "/")
		names = append(names, account, s.JID)
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}
