package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/load"
)

// chatOptions are the flags of bench chat.
type benchChatOptions struct {
	loadOptions
	load.ChatConfig
}

func newBenchChat() *cobra.Command {
	o := benchChatOptions{loadOptions: defaultLoad(), ChatConfig: load.ChatConfig{Window: 32, Body: 100, Warmup: 3 * time.Second, Duration: 10 * time.Second}}
	cmd := &cobra.Command{
		Use: "chat", Short: "Messages a second, their latency, and what they cost the server", Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		Long: "Lets pairs of clients write chat messages to each other through a server, and checks that each message arrives once, in order and as it was sent.\n" +
			"Without --rate every pair has --window messages on their way, and the next goes when one has arrived: this is what the server can do. With --rate\n" +
			"messages go at fixed times, and latencies count from then. The server is a Godwit of its own, or any that --address names.",
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.flags(cmd)
	o.targetFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.archive, "archive", o.archive, "off: messages carry the hint that no copy is to be kept (XEP-0334)")
	o.chatFlags(cmd)
	f.BoolVar(&o.Full, "full", false, "write to full addresses, instead of bare ones")
	return cmd
}

func (o *benchChatOptions) chatFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&o.Window, "window", o.Window, "messages of each pair on their way, when there is no --rate")
	f.Float64Var(&o.Rate, "rate", o.Rate, "messages a second of all pairs together")
	f.IntVar(&o.Body, "body", o.Body, "bytes of a message's body")
	f.DurationVar(&o.Warmup, "warmup", o.Warmup, "how long messages flow before it is measured")
	f.DurationVar(&o.Duration, "duration", o.Duration, "for how long it is measured, in each round")
}

func (o *benchChatOptions) run(cmd *cobra.Command) error {
	if err := o.ready(); err != nil {
		return err
	}
	r := figures.New(os.Args)
	keys := load.NewKeys(o.sessions)
	w := r.Workload("chat", o.what())
	for round := range o.rounds {
		err := o.withTarget(cmd.Context(), func(t loadTarget) error {
			r.Add(t.about)
			before := figures.LoadAverage()
			result, err := o.measure(cmd.Context(), cmd, fmt.Sprintf("round %d: ", round+1), t, keys)
			if err != nil {
				return err
			}
			w.Add(t.about.Name, figures.Round{Load: before, Chat: &result})
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := o.write(cmd, r); err != nil {
		return err
	}
	return r.Wrong()
}

// measure runs one round.
func (o *benchChatOptions) measure(ctx context.Context, cmd *cobra.Command, prefix string, t loadTarget, keys load.Keys) (result load.ChatResult, err error) {
	c := o.ChatConfig
	c.Config = o.config(cmd, prefix, t, keys)
	c.NoStore = o.archive == "off"
	err = o.onClientCPUs(func() (err error) {
		result, err = load.Chat(ctx, c)
		return err
	})
	return result, err
}

// what says what is measured.
func (o *benchChatOptions) what() string {
	how := fmt.Sprintf("as fast as they can, %d on their way in each pair", o.Window)
	if o.Rate > 0 {
		how = fmt.Sprintf("%g a second, at fixed times", o.Rate)
	}
	hint := ""
	if o.archive == "off" {
		hint = ", with the hint no-store"
	}
	return fmt.Sprintf("%d sessions in pairs, %s, bodies of %d bytes%s, %s; %v after %v of warm-up", o.sessions, o.transport, o.Body, hint, how, o.Duration, o.Warmup)
}
