package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/link"
)

// linkReport is the result of bench link as JSON.
type linkReport struct {
	link.Result
	Machine string
}

func newBenchLink() *cobra.Command {
	var o benchOptions
	c := link.Config{Seed: 99, Sessions: 100, Stanzas: 400, Peers: true}
	cmd := o.command("link", "Bytes that stanzas weigh on the link, beside XML, zlib, zstd and FunXMPP's way",
		"Sends generated sessions, whose users, ids and texts no model was made from, over links in memory: every frame is packed, encrypted, opened and compared. Beside\n"+
			"their weight stands that of the same stanzas as XML, in a TLS record each, and in other codings without any transport.",
		func(cmd *cobra.Command) error { return benchLink(cmd, &o, c) })
	cmd.Flags().Uint64Var(&c.Seed, "seed", c.Seed, "of the sessions; bench/train has those that the models were made with")
	cmd.Flags().IntVar(&c.Sessions, "sessions", c.Sessions, "how many sessions")
	cmd.Flags().IntVar(&c.Stanzas, "stanzas", c.Stanzas, "how many stanzas each has, about")
	cmd.Flags().BoolVar(&c.Peers, "peers", c.Peers, "measure the other codings too, which takes most of the time")
	return cmd
}

func benchLink(cmd *cobra.Command, o *benchOptions, c link.Config) error {
	if c.Sessions < 1 || c.Stanzas < 1 {
		return fmt.Errorf("--sessions %d --stanzas %d: at least one of each", c.Sessions, c.Stanzas)
	}
	c.Progress = progress(cmd, "")
	r, err := link.Run(cmd.Context(), c)
	if err != nil {
		return err
	}
	return printReports(cmd, o, []linkReport{{r, o.machine()}}, func(w io.Writer) { printLink(w, &r) })
}

func printLink(w io.Writer, r *link.Result) {
	codings := slices.Sorted(maps.Keys(r.Total.Peers))
	fmt.Fprint(w, "stanza\tcount\tXML\tin TLS\tlink\t")
	for _, c := range codings {
		fmt.Fprintf(w, "%s\t", c)
	}
	fmt.Fprintln(w)
	for _, row := range append(slices.Clone(r.Rows), r.Total) {
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%.0f\t%.1f\t", row.Kind, row.Count, row.XML, row.TLS, row.Frame)
		for _, c := range codings {
			fmt.Fprintf(w, "%.0f\t", row.Peers[c])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\nWhole sessions are %.2f times smaller than XML in TLS, where what goes the same way shares a frame and a record. The server keeps %.0f bytes for a link's tables.\n"+
		"The key of the archive of a room of our own, sent once, has a frame of %.1f bytes.\n", r.Shared, r.Tables, r.RoomKey)
}
