package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/chat"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// chatFlags are the flags of chat.
type chatFlags struct {
	user, server, transport, ca, keys, lang string
	insecure, passwordStdin                 bool
	asJSON, once, trace                     bool
	send                                    []string
	wait                                    int
	timeout, reconnect                      time.Duration
}

func newChat() *cobra.Command {
	var f chatFlags
	cmd := &cobra.Command{
		Use:   "chat --user ADDRESS [TO]",
		Short: "Talk to somebody, over the link",
		Long: "Send lines from standard input to somebody, and show what comes: … is on its way, ✓ is with the server for good.\n" +
			"/to ADDRESS changes whom you talk to, /add, /accept and /roster manage contacts, /quit leaves; /help shows all.\n\n" +
			"The password comes from $" + passwordVariable + ", from --password-stdin, or is asked for. Over the link it is needed only once:\n" +
			"the device's key is kept, and is the login from then on.\n\n" +
			"At a terminal a lost connection is made anew, with pauses of 1 s to 30 s between the attempts, and the stream goes on: what\n" +
			"is typed meanwhile is sent then, what was sent and not accepted is sent again with its id, by which the server knows it,\n" +
			"and what came meanwhile is shown. In scripts a lost connection is the end, with exit code 1, unless --reconnect says\n" +
			"otherwise.\n\n" +
			"The end of the input ends it when everything is accepted and --wait messages have come.",
		Example: "  godwit chat --user alice@localhost --server 127.0.0.1:5299 --ca localhost.pem bob@localhost\n" +
			"  godwit chat --user alice@example.org --send 'deployed' ops@example.org\n" +
			"  godwit chat --user ops@example.org --json --wait -1 </dev/null",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.bind(cmd)
	return cmd
}

func (f *chatFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.user, "user", "", "the `address` to log in as (required)")
	flags.StringVar(&f.server, "server", "", "`host:port` (default: the domain of the user, at the transport's port)")
	flags.StringVar(&f.transport, "transport", "link", strings.Join(slices.Sorted(maps.Keys(transports)), ", "))
	flags.StringVar(&f.ca, "ca", "", "`file` with the certificate that the server's comes from (default: the system's)")
	flags.BoolVar(&f.insecure, "insecure", false, "believe any server: for tests only")
	flags.BoolVar(&f.passwordStdin, "password-stdin", false, "read the password from the first line of standard input")
	flags.StringVar(&f.keys, "keys", defaultKeys(), "`folder` for the keys of the link; empty: keep none")
	flags.StringVar(&f.lang, "lang", "", "`language` of what you write, for xml:lang")
	flags.StringArrayVar(&f.send, "send", nil, "send this `text`, and nothing from standard input; may be repeated")
	flags.IntVar(&f.wait, "wait", 0, "end only when `N` messages have come; -1: never")
	flags.BoolVar(&f.once, "once", false, "the same as --wait 1")
	flags.DurationVar(&f.timeout, "timeout", 0, "give up after this `time`")
	flags.DurationVar(&f.reconnect, "reconnect", 0, "try for this `time` to make a lost connection anew, negative: without end (at a terminal the default)")
	flags.BoolVar(&f.asJSON, "json", false, "print events as JSON, one a line")
	flags.BoolVar(&f.trace, "trace", false, "write the stream to standard error, as XML")
	_ = cmd.MarkFlagRequired("user")
	_ = cmd.MarkFlagFilename("ca", "pem", "crt")
	_ = cmd.MarkFlagDirname("keys")
	cmd.MarkFlagsMutuallyExclusive("once", "wait")
	_ = cmd.RegisterFlagCompletionFunc("transport",
		cobra.FixedCompletions(slices.Sorted(maps.Keys(transports)), cobra.ShellCompDirectiveNoFileComp))
}

var transports = map[string]client.Mode{"link": client.Link, "starttls": client.StartTLS, "tls": client.DirectTLS, "plain": client.Plain}

// defaultKeys is where keys are kept.
func defaultKeys() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "godwit", "chat")
}

func (f *chatFlags) run(cmd *cobra.Command, args []string) error {
	ctx := cmd.Context()
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	s, err := f.session(cmd, args)
	if err != nil {
		return err
	}
	cfg, err := f.config(cmd)
	if err != nil {
		return err
	}
	cfg.Resume = f.reconnect != 0 || s.Terminal && !cmd.Flags().Changed("reconnect")
	d, err := chat.NewDialer(cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	if s.Conn, err = d.Dial(ctx, nil); err != nil {
		return err
	}
	if cfg.Resume {
		s.Dial, s.Reconnect = d.Dial, max(f.reconnect, 0)
	}
	return s.Run(ctx)
}

// session is what is to be done once logged in.
func (f *chatFlags) session(cmd *cobra.Command, args []string) (*chat.Session, error) {
	s := &chat.Session{Out: cmd.OutOrStdout(), Send: f.send, Lang: f.lang, JSON: f.asJSON, Wait: f.wait}
	if f.once {
		s.Wait = 1
	}
	if len(f.send) == 0 {
		s.In = cmd.InOrStdin()
	}
	if terminal, ok := s.In.(*os.File); ok {
		s.Terminal = isTerminal(terminal)
	}
	if len(args) == 0 {
		return s, nil
	}
	var err error
	if s.To, err = jid.Parse(args[0]); err != nil {
		return nil, fmt.Errorf("%q is no address: write it as name@domain", args[0])
	}
	return s, nil
}

// config says who logs in where.
func (f *chatFlags) config(cmd *cobra.Command) (*chat.Config, error) {
	user, err := jid.Parse(f.user)
	if err != nil || user.Local() == "" {
		return nil, fmt.Errorf("--user %q is no account: write it as name@domain", f.user)
	}
	mode, ok := transports[f.transport]
	if !ok {
		return nil, fmt.Errorf("--transport %q: write one of %s", f.transport, strings.Join(slices.Sorted(maps.Keys(transports)), ", "))
	}
	if _, _, err := net.SplitHostPort(f.server); f.server != "" && err != nil {
		return nil, fmt.Errorf("--server %q: write host:port, as in localhost:%s", f.server, chat.LinkPort)
	}
	return &chat.Config{
		User: user, Server: f.server, Mode: mode, CA: f.ca, Insecure: f.insecure, Keys: f.keys,
		Version: softwareVersion(), Trace: f.trace,
		Password: func(mayAsk bool) (string, error) { return f.password(cmd, mayAsk) },
	}, nil
}

// password returns the password of the account.
func (f *chatFlags) password(cmd *cobra.Command, mayAsk bool) (string, error) {
	p := os.Getenv(passwordVariable)
	switch {
	case f.passwordStdin && mayAsk:
		return readSlowly(cmd.InOrStdin())
	case p != "":
		return p, nil
	case !mayAsk:
		return "", errors.New("the server wants the password again: start anew")
	}
	p, err := prompt(cmd, "Password of "+f.user+": ")
	if errors.Is(err, errNoTerminal) {
		return "", fmt.Errorf("no password: set $%s, or use --password-stdin", passwordVariable)
	}
	return p, err
}
