package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
)

func newBackup() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy the data, of a running server too",
		Long: "Copy the data into a folder that must not exist. The server may run. Where it can, the copy is made of hard links:\n" +
			"quick and small, but on the same disk, so copy it away. To restore it, name it as data.",
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			return p.tell(cmd, admin.Request{Do: admin.Backup, Dir: admin.StoreDir(dir)}, "backup in "+dir)
		},
	}
	p.flags(cmd)
	return cmd
}

// errFaults is the end of a verify that found something.
var errFaults = errors.New("the data has faults: stop the server, and restore a backup")

func newVerify() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:               "verify",
		Short:             "Check all data, of a running server too",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := p.do(cmd, admin.Request{Do: admin.Verify})
			if err != nil {
				return err
			}
			for _, fault := range r.First {
				fmt.Fprintln(cmd.OutOrStdout(), fault)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d keys, %d faults\n", r.Keys, r.Faults)
			if r.Faults > 0 {
				return errFaults
			}
			return nil
		},
	}
	p.flags(cmd)
	return cmd
}
