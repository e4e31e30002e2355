package main

import (
	"encoding/json"
	"fmt"
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
	sessions, asJSON := 1_000_000, false
	cmd := &cobra.Command{
		Use:   "parked",
		Short: "Bytes on disk for a session that has no connection and can be resumed",
		Long: "Writes the records of many streams (XEP-0198), as they wait for their clients, into a new store in a temporary folder, and compares the\n" +
			"size of the folder before and after. Each stream is of its own account, which itself is not counted.",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return benchParked(cmd, sessions, asJSON) },
	}
	cmd.Flags().IntVar(&sessions, "sessions", sessions, "how many streams")
	cmd.Flags().BoolVar(&asJSON, "json", asJSON, "print JSON")
	return cmd
}

func benchParked(cmd *cobra.Command, sessions int, asJSON bool) error {
	if sessions < 1 {
		return fmt.Errorf("--sessions %d: at least one", sessions)
	}
	folder, err := os.MkdirTemp("", "godwit-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	r, err := parked.Run(cmd.Context(), parked.Config{
		Folder: folder, Sessions: sessions,
		Progress: func(format string, a ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", a...) },
	})
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(parkedReport{r, machine()})
	}
	fmt.Fprintln(cmd.ErrOrStderr(), machine())
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d sessions: %.1f bytes each, %.1f MiB in all; written in %v\n", r.Sessions, r.PerSession,
		float64(r.After-r.Before)/(1<<20), r.WriteTime.Round(time.Millisecond))
	return err
}
