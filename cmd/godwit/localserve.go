package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/cmd/godwit/server"
)

// The ports of localserve.
const (
	localPort     = 5222
	localTLSPort  = 5223
	localLinkPort = 5299
)

// localFlags are the flags of localserve.
type localFlags struct {
	data                    string
	port, tlsPort, linkPort int
	verbose, asJSON         bool
}

func newLocalserve() *cobra.Command {
	var f localFlags
	cmd := &cobra.Command{
		Use:   "localserve",
		Short: "Serve localhost to this machine, without any configuration",
		Long: "Serve the domain localhost to this machine only, with accounts alice, bob and carol. Accounts, messages and the\n" +
			"self-signed certificate stay in a data folder; the passwords are in its accounts.txt, which only you can read, so that\n" +
			"they are the same next time. Remove the folder to begin anew. Ctrl-C, SIGTERM and the end of the terminal end it.",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("port") && f.port == 0 {
				freeTheRest(cmd, &f)
			}
			ctx, stop := untilHangup(cmd.Context())
			defer stop()
			return f.serve(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", localData(), "data `folder`")
	flags.IntVar(&f.port, "port", localPort, "port for XMPP with STARTTLS; 0 takes a free port here, and for the others that are not set")
	flags.IntVar(&f.tlsPort, "tls-port", localTLSPort, "port for XMPP over TLS; 0: a free one")
	flags.IntVar(&f.linkPort, "link-port", localLinkPort, "port for the link; 0: a free one")
	flags.BoolVar(&f.verbose, "verbose", false, "log everything, not only warnings")
	flags.BoolVar(&f.asJSON, "json", false, "say what is served as one line of JSON")
	_ = cmd.MarkFlagDirname("data")
	return cmd
}

// freeTheRest lets --port 0 stand for all three.
func freeTheRest(cmd *cobra.Command, f *localFlags) {
	for name, port := range map[string]*int{"tls-port": &f.tlsPort, "link-port": &f.linkPort} {
		if !cmd.Flags().Changed(name) {
			*port = 0
		}
	}
}

// config is the configuration that localserve stands for.
func (f *localFlags) config() *config.Config {
	c := config.Default()
	c.Data = f.data
	c.Host = []config.HostConfig{{Domain: "localhost"}}
	for _, l := range []struct {
		kind string
		port int
	}{{config.KindC2S, f.port}, {config.KindC2STLS, f.tlsPort}, {config.KindLink, f.linkPort}} {
		c.Listen = append(c.Listen, config.ListenConfig{Kind: l.kind, Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(l.port))})
	}
	c.Log.Level = "warn"
	if f.verbose {
		c.Log.Level = "debug"
	}
	return c
}

// untilHangup ends with the terminal, unless the process was started with nohup: a server that nobody sees any more would keep the ports.
func untilHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return ctx, func() {}
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}

func (f *localFlags) serve(ctx context.Context, out, logs io.Writer) (err error) {
	if f.data, err = filepath.Abs(f.data); err != nil { // what is printed is copied to other folders
		return err
	}
	c := f.config()
	log, flush := newLogger(logs, c.Log)
	defer flush()
	s, err := server.Start(c, softwareVersion(), log)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%w: --port, --tls-port and --link-port set them, --port 0 takes free ones", err)
		}
		return err
	}
	accounts, err := localAccounts(ctx, s.Room(), c.Data)
	if err != nil {
		return errors.Join(err, s.Shutdown(context.Background()))
	}
	local := localServer{
		Domain: "localhost", Data: c.Data, Certificate: server.SelfSignedFile(c.Data, "localhost"),
		C2S: s.Addr(0).String(), TLS: s.Addr(1).String(), Link: s.Addr(2).String(), Accounts: accounts,
	}
	var said error
	end := attend(ctx, s, log, nil, func() {
		if f.asJSON {
			said = json.NewEncoder(out).Encode(local)
		} else {
			said = local.welcome(out)
		}
	})
	return errors.Join(said, end)
}
