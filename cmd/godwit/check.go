package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/check"
	"github.com/godwit-im/godwit/cmd/godwit/config"
)

func newCheck() *cobra.Command {
	var file string
	var example bool
	cmd := &cobra.Command{
		Use:   "check [--config FILE]",
		Short: "Explain what would be served, and what stands in the way",
		Long: "Read a configuration and look at what it needs: certificates, ports, free disk, descriptors. The exit code is 1 if anything\n" +
			"is bad. Without --config, what localserve needs is looked at. --example prints a configuration with every key.",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if example {
				_, err := io.WriteString(cmd.OutOrStdout(), config.Reference)
				return err
			}
			c := (&localFlags{data: localData(), port: localPort, tlsPort: localTLSPort, linkPort: localLinkPort}).config()
			if file != "" {
				var err error
				if c, err = config.Load(file); err != nil {
					return err
				}
			}
			return report(cmd.OutOrStdout(), check.Run(c, time.Now()))
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration `file` (default: that which localserve stands for)")
	cmd.Flags().BoolVar(&example, "example", false, "print a configuration with every key and its documentation")
	_ = cmd.MarkFlagFilename("config", "toml")
	cmd.MarkFlagsMutuallyExclusive("config", "example")
	return cmd
}

func report(w io.Writer, found check.Findings) error {
	if err := found.Write(w); err != nil {
		return err
	}
	if n := found.Bad(); n > 0 {
		verb := "are"
		if n == 1 {
			verb = "is"
		}
		return fmt.Errorf("check: %d of %d %s bad", n, len(found), verb)
	}
	return nil
}
