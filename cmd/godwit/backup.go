package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
)

func newBackup() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy the data, of a running server too",
		Long: "Copy the data folder into a folder that must not exist: accounts, messages, the key of the link, and the certificates\n" +
			"that Godwit has made itself. The server may run. Where it can, the copy is made of hard links: quick and small, but on\n" +
			"the same disk, so copy it away. It has what passwords are checked with and private keys: let nobody else read it.\n\n" +
			"The configuration and the certificates that it names lie elsewhere: keep copies of them too. The output lists them.\n\n" +
			"To restore it, copy it to where the configuration says data, or name it there (localserve: --data).",
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			elsewhere, err := p.elsewhere()
			if err != nil {
				return err
			}
			return p.tell(cmd, admin.Request{Do: admin.Backup, Dir: dir}, "backup in "+dir+"\n"+elsewhere)
		},
	}
	p.flags(cmd)
	return cmd
}

// elsewhere says what a backup of the data folder does not have.
func (p *place) elsewhere() (string, error) {
	if p.config == "" {
		return "not in it: the configuration and the certificates that it names, if there are any; keep copies of them too", nil
	}
	c, err := config.Load(p.config)
	if err != nil {
		return "", err
	}
	file, err := filepath.Abs(p.config)
	if err != nil {
		return "", err
	}
	files := []string{file}
	for i := range c.Host {
		if h := &c.Host[i]; !h.SelfSigned() {
			files = append(files, h.Certificate, h.Key)
		}
	}
	return "not in it: " + strings.Join(files, ", ") + "; keep copies of them too", nil
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
