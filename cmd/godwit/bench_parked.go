package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/parked"
)

// parkedReport is the result of bench parked as JSON.
type parkedReport struct {
	parked.Result
	Machine string
}

func newBenchParked() *cobra.Command {
	var o benchOptions
	sessions := 1_000_000
	cmd := o.command("parked", "Bytes on disk for a session that has no connection and can be resumed",
		"Writes the records of many streams (XEP-0198), as they wait for their clients, into a new store in a temporary folder, and compares the\n"+
			"size of the folder before and after. Each stream is of its own account, which itself is not counted.",
		func(cmd *cobra.Command) error { return benchParked(cmd, &o, sessions) })
	cmd.Flags().IntVar(&sessions, "sessions", sessions, "how many streams")
	return cmd
}

func benchParked(cmd *cobra.Command, o *benchOptions, sessions int) error {
	if sessions < 1 {
		return fmt.Errorf("--sessions %d: at least one", sessions)
	}
	folder, err := os.MkdirTemp("", "godwit-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	r, err := parked.Run(cmd.Context(), parked.Config{Folder: folder, Sessions: sessions, Progress: progress(cmd, "")})
	if err != nil {
		return err
	}
	return printReports(cmd, o, []parkedReport{{r, o.machine()}}, func(w io.Writer) {
		fmt.Fprintf(w, "%d sessions: %.1f bytes each, %.1f MiB in all; written in %v\n", r.Sessions, r.PerSession,
			float64(r.After-r.Before)/(1<<20), r.WriteTime.Round(time.Millisecond))
	})
}
