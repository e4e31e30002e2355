package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/store"
)

// place says which data folder a command works on.
type place struct{ config, data string }

// flags adds --config and --data to cmd.
func (p *place) flags(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&p.config, "config", "", "configuration `file` of the server whose data is meant")
	cmd.PersistentFlags().StringVar(&p.data, "data", "", "data `folder` (default: that of localserve)")
	cmd.MarkFlagsMutuallyExclusive("config", "data")
	_ = cmd.RegisterFlagCompletionFunc("config", cobra.FixedCompletions([]string{"toml"}, cobra.ShellCompDirectiveFilterFileExt))
	_ = cmd.MarkPersistentFlagDirname("data")
}

// open opens the door.
func (p *place) open() (admin.Door, error) {
	o := store.Options{Logger: slog.New(slog.DiscardHandler)}
	if p.config == "" {
		return admin.Open(p.folder(), nil, o)
	}
	c, err := config.Load(p.config)
	if err != nil {
		return nil, err
	}
	c.Store.Logger = o.Logger
	return admin.Open(c.Data, c.Domains(), c.Store)
}

func (p *place) folder() string {
	if p.data != "" {
		return p.data
	}
	return localData()
}

// do does one operation.
func (p *place) do(cmd *cobra.Command, q admin.Request) (r admin.Reply, err error) {
	door, err := p.open()
	if err != nil {
		return r, err
	}
	defer func() {
		if cerr := door.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("closing the store: %w", cerr)
		}
	}()
	return door.Do(cmd.Context(), q)
}

// localData is the data folder of localserve.
func localData() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "godwit-local")
	}
	return "godwit-local" // no home
}
