package main

import (
	"context"
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
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(stderr, "godwit: %s\n", strings.TrimRight(line, "\n"))
		}
		return 1
	}
	return 0
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
	root.AddCommand(
		newLocalserve(), newServe(), newUser(), newCheck(), newChat(),
		newDecode(), newBackup(), newVerify(), newBench(), newVersion(),
	)
	return root
}
