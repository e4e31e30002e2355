package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/cmd/godwit/server"
)

func newServe() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Serve the domains of a configuration",
		Long: "Serve the domains of a configuration until SIGTERM or SIGINT, which drain the server: sessions are told, closed, and the\n" +
			"store is closed last. A second signal ends it at once. SIGHUP reads the certificates again.\n" +
			"godwit check --example prints a configuration to begin with.",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(file)
			if err != nil {
				return err
			}
			log, flush := newLogger(cmd.ErrOrStderr(), c.Log)
			defer flush()
			s, err := server.Start(c, softwareVersion(), log)
			if err != nil {
				return err
			}
			reload, stop := hangups()
			defer stop()
			return attend(cmd.Context(), s, log, reload, func() { log.Info("ready", "data", c.Data) })
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration `file` (required)")
	_ = cmd.MarkFlagRequired("config")
	_ = cmd.MarkFlagFilename("config", "toml")
	return cmd
}

// hangups is where SIGHUP comes. Before it is called, one would end the process.
func hangups() (signals <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// attend calls ready, reads the certificates again when reload says so, and drains s when ctx ends.
func attend(ctx context.Context, s *server.Server, log *slog.Logger, reload <-chan os.Signal, ready func()) error {
	ready()
	for {
		select {
		case <-reload:
			if err := s.Reload(); err != nil {
				log.Error("certificates not reloaded, the old ones stay", "err", err)
			}
			continue
		case <-ctx.Done():
		}
		drain, cancel := context.WithTimeout(context.Background(), s.DrainTime())
		defer cancel()
		err := s.Shutdown(drain)
		if errors.Is(err, context.DeadlineExceeded) {
			log.Warn("not all sessions ended in time", "err", err)
			err = nil
		}
		log.Info("stopped")
		return err
	}
}
