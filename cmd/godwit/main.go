package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	os.Exit(code)
}

// run runs one command line and returns the exit code: 0, or 1 after an error, which is told on stderr, a line for each.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		for line := range strings.Lines(nearestOnly(err.Error())) {
			fmt.Fprintf(stderr, "godwit: %s\n", strings.TrimRight(line, "\n"))
		}
		return 1
	}
	return 0
}

// nearestOnly writes cobra's paragraph of suggestions behind the error.
func nearestOnly(text string) string {
	what, names, ok := strings.Cut(text, "\n\nDid you mean this?\n")
	if !ok {
		return text
	}
	return what + nearest(strings.Fields(names))
}

// nearest says what may have been meant.
func nearest(names []string) string {
	if len(names) == 1 {
		return "; the nearest is " + names[0]
	}
	return "; the nearest are " + strings.Join(names, ", ")
}

// newRoot makes the tree of commands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "godwit",
		Short: "An XMPP server for phones on bad networks",
		Long: "Godwit is an XMPP server whose edge is built for phones on bad networks.\n" +
			"Try it: godwit localserve, and then what that prints.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists them", err, cmd.CommandPath())
	})
	root.AddCommand(
		newLocalserve(), newServe(), newUser(), newCtl(), newCheck(), newChat(), newLink(),
		newDecode(), newBackup(), newVerify(), newBench(), newVersion(),
	)
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if !cmd.Runnable() {
			onlyCommands(cmd)
		}
	}
	return root
}

// onlyCommands makes a slip of the finger behind a command that is nothing by itself an error: cobra shows the help and ends well.
func onlyCommands(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
		if names := cmd.SuggestionsFor(args[0]); len(names) > 0 {
			return errors.New(text + nearest(names))
		}
		return fmt.Errorf("%s; %s --help lists them", text, cmd.CommandPath())
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}
