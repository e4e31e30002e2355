package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/load"
)

func newBenchIdle() *cobra.Command {
	o := defaultOneServer()
	o.transports, o.sessions = []string{"plain", "tls", "link"}, 10_000
	settle := 10 * time.Second
	cmd := o.command("idle", "Memory of a server per idle session, logged in with presence sent",
		"Lets clients log in and send presence, one half of them after the other, and reads the resident memory (Pss) of the server's process before and after each,\n"+
			"when it has settled. Each session is of its own account. The server is a Godwit of its own, or any on this machine that --address and --pid name.",
		func(cmd *cobra.Command) error {
			if o.address != "" && o.pid == 0 {
				return errors.New("--pid is missing: the server's memory is wanted")
			}
			return o.measureEach(cmd, "idle", idleWhat(o.sessions, settle), measureIdle(settle))
		})
	o.flags(cmd)
	settleFlag(cmd, &settle)
	return cmd
}

func settleFlag(cmd *cobra.Command, settle *time.Duration) {
	cmd.Flags().DurationVar(settle, "settle", *settle, "how long memory must not have fallen to count as settled")
}

func measureIdle(settle time.Duration) measurement {
	return func(ctx context.Context, c load.Config) (figures.Round, error) {
		result, err := load.Idle(ctx, c, settle)
		return figures.Round{Idle: &result}, err
	}
}

func idleWhat(sessions int, settle time.Duration) string {
	return fmt.Sprintf("%d sessions with presence, and nothing else; proportional resident memory (Pss) when it has not fallen for %v", sessions, settle)
}
