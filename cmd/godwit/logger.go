package main

import (
	"io"
	"log/slog"

	"github.com/godwit-im/godwit/cmd/godwit/config"
)

// newLogger makes the log of a server.
func newLogger(w io.Writer, c config.LogConfig) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.SlogLevel()}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
