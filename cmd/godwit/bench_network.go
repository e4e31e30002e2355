package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/network"
)

// networkOptions are the flags of bench network.
type networkOptions struct {
	profile, listen, to string
	seed                uint64
	list                bool
}

func newBenchNetwork() *cobra.Command {
	o := networkOptions{profile: "gprs", listen: "127.0.0.1:0"}
	cmd := &cobra.Command{
		Use:   "network --to HOST:PORT",
		Short: "Put any client behind a bad network: a proxy of TCP",
		Long: "Takes TCP connections and carries them to a server over a network with the latency, jitter, loss, bandwidth and faults of a profile; --list tells which\n" +
			"there are. Clients connect to the address that is printed. It runs until SIGINT or SIGTERM, and resets then what is open. What happens to a connection by\n" +
			"chance depends on the seed and on how many were before it. TLS and the link pass unchanged: a client has to be told the domain besides the address.\n" +
			"A profile that ends, as wifi-to-lte does, begins when the proxy does.",
		Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.list {
				return listProfiles(cmd.OutOrStdout())
			}
			return o.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.profile, "profile", o.profile, "what the network is like: one of --list")
	f.StringVar(&o.listen, "listen", o.listen, "`address` for clients; port 0 is a free one")
	f.StringVar(&o.to, "to", "", "`address` of the server")
	f.Uint64Var(&o.seed, "seed", 1, "another one makes other things happen by chance")
	f.BoolVar(&o.list, "list", false, "list the profiles, and do nothing")
	cmd.MarkFlagsOneRequired("to", "list")
	cmd.MarkFlagsMutuallyExclusive("to", "list")
	_ = cmd.RegisterFlagCompletionFunc("profile", cobra.FixedCompletions(network.Names(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func listProfiles(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, name := range network.Names() {
		p, err := network.Named(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\n", name, p.About)
	}
	return w.Flush()
}

// run is the proxy, until ctx ends.
func (o *networkOptions) run(ctx context.Context, out io.Writer) error {
	p, err := network.Named(o.profile)
	if err != nil {
		return fmt.Errorf("--profile: %w", err)
	}
	if _, _, err := net.SplitHostPort(o.to); err != nil {
		return fmt.Errorf("--to %q: write host:port", o.to)
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	n := network.New(p, o.seed)
	defer n.Close()
	fmt.Fprintf(out, "%s: clients connect to %s\n", p.Name, l.Addr())
	return n.Proxy(ctx, l, o.to)
}
