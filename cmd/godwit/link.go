package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/cmd/godwit/server"
	"github.com/godwit-im/godwit/cmd/godwit/sidecar"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// linkFlags are the flags of link.
type linkFlags struct {
	listen, server, ca, keys         string
	domains                          []string
	plain, insecure, verbose, asJSON bool
}

func newLink() *cobra.Command {
	var f linkFlags
	cmd := &cobra.Command{
		Use:   "link",
		Short: "Let any XMPP client use the link, through a sidecar on this machine",
		Long: "Listen on this machine as an XMPP server, for any standard client, and carry what it says over the link to the Godwit of\n" +
			"its domain. In the client nothing changes but the server's address: host 127.0.0.1 and the port of --listen, where STARTTLS\n" +
			"and TLS from the first byte both are. Accounts, passwords, resources and all that client and server can do stay as they\n" +
			"are; one sidecar serves all clients and accounts of the machine.\n\n" +
			"The certificate on this machine is the sidecar's own, self-signed: the client has to accept it, or to be given DOMAIN.pem\n" +
			"in the folder of --keys, which --domain makes at once. With --plain there is no TLS, for clients that\n" +
			"can do without on the same machine. The server's own certificate is checked by the sidecar, see --ca.\n\n" +
			"The client logs in with its own password, as ever: the sidecar has no key that would be a login, and keeps nothing but\n" +
			"the server's proven key, for a shorter handshake next time. What binds a login to a channel (SCRAM-…-PLUS) cannot\n" +
			"pass, as there are two channels, and the server does not offer it then; neither can STARTTLS of the server and compression\n" +
			"(XEP-0138), which the link does not need.\n\n" +
			"When the link breaks, so does the client's connection: the client connects again and resumes its stream (XEP-0198), as\n" +
			"without the sidecar. Ctrl-C and SIGTERM end the sidecar the same way.",
		Example: "  godwit link --domain example.org\n" +
			"  godwit link --listen 127.0.0.1:5322 --server 127.0.0.1:5299 --ca localhost.pem --domain localhost",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := untilHangup(cmd.Context())
			defer stop()
			return f.run(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:5222", "`host:port` to listen on, of this machine alone; port 0 takes a free one")
	flags.StringVar(&f.server, "server", "", "`host:port` of the link (default: the domain that the client wants, port 5299)")
	flags.StringArrayVar(&f.domains, "domain", nil, "make the sidecar's certificate for this `domain` now, and say where it is; may be repeated. The first one's is for clients that name none in TLS")
	flags.StringVar(&f.ca, "ca", "", "`file` with the certificate that the server's comes from (default: the system's)")
	flags.BoolVar(&f.insecure, "insecure", false, "believe any server: for tests only")
	flags.StringVar(&f.keys, "keys", defaultLinkKeys(), "`folder` for the keys of servers and the sidecar's certificates; empty: keep none")
	flags.BoolVar(&f.plain, "plain", false, "no TLS between client and sidecar")
	flags.BoolVar(&f.verbose, "verbose", false, "log each link that is made")
	flags.BoolVar(&f.asJSON, "json", false, "say where it listens as one line of JSON")
	_ = cmd.MarkFlagFilename("ca", "pem", "crt")
	_ = cmd.MarkFlagDirname("keys")
	for _, name := range []string{"listen", "server", "domain"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return cmd
}

// defaultLinkKeys is where they are kept.
func defaultLinkKeys() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "godwit", "link")
}

// linkReady is what link says when it listens.
type linkReady struct {
	Listen       string            `json:"listen"`       // host:port
	Certificates map[string]string `json:"certificates"` // by domain, files
}

func (f *linkFlags) run(ctx context.Context, out, logs io.Writer) error {
	level := "info"
	if f.verbose {
		level = "debug"
	}
	log, flush := newLogger(logs, config.LogConfig{Level: level})
	defer flush()
	cfg, err := f.config(log)
	if err != nil {
		return err
	}
	ready, err := f.prepare(cfg)
	if err != nil {
		return err
	}
	if len(f.domains) > 0 {
		cfg.Domain = f.domains[0]
	}
	l, err := f.open(ctx)
	if err != nil {
		return err
	}
	ready.Listen = l.Addr().String()
	if err := f.say(out, ready); err != nil {
		return errors.Join(err, l.Close())
	}
	err = sidecar.New(cfg).Serve(ctx, l)
	log.Info("stopped")
	return err
}

// config says whom it connects to whom.
func (f *linkFlags) config(log *slog.Logger) (sidecar.Config, error) {
	cfg := sidecar.Config{Address: f.server, Insecure: f.insecure, Keys: f.keys, Log: log}
	if _, _, err := net.SplitHostPort(f.server); f.server != "" && err != nil {
		return cfg, fmt.Errorf("--server %q: write host:port, as in xmpp.example.org:5299", f.server)
	}
	if !f.plain {
		cfg.Certificate = (&ownCertificates{dir: f.keys, log: log}).get
	}
	if f.ca == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(f.ca)
	if err != nil {
		return cfg, err
	}
	cfg.Roots = x509.NewCertPool()
	if !cfg.Roots.AppendCertsFromPEM(pem) {
		return cfg, fmt.Errorf("%s has no certificate in PEM: name the file with the certificate, not the key", f.ca)
	}
	return cfg, nil
}

// prepare makes the certificates that are wanted at once.
func (f *linkFlags) prepare(cfg sidecar.Config) (linkReady, error) {
	ready := linkReady{Certificates: make(map[string]string)}
	for _, domain := range f.domains {
		if j, err := jid.Parse(domain); err != nil || !j.IsDomain() {
			return ready, fmt.Errorf("--domain %q is no domain: write it as example.org", domain)
		}
		if f.plain || f.keys == "" {
			return ready, errors.New("--domain wants a certificate to be kept: not with --plain, nor without a folder for --keys")
		}
		if _, err := cfg.Certificate(domain); err != nil {
			return ready, err
		}
		ready.Certificates[domain] = ownCertificate(f.keys, domain)
	}
	return ready, nil
}

// open listens, on this machine alone: others could see passwords, or be seen as the client.
func (f *linkFlags) open(ctx context.Context) (net.Listener, error) {
	host, port, err := net.SplitHostPort(f.listen)
	if err != nil {
		return nil, fmt.Errorf("--listen %q: write host:port, as in 127.0.0.1:5222", f.listen)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); !ip.IsLoopback() {
		return nil, fmt.Errorf("--listen %q: only 127.0.0.1 and ::1 are of this machine alone", f.listen)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: another process has this port: --listen takes another, port 0 a free one", err)
	}
	return l, err
}

func (f *linkFlags) say(out io.Writer, ready linkReady) error {
	if f.asJSON {
		return json.NewEncoder(out).Encode(ready)
	}
	how, tls := "with STARTTLS, or TLS from the first byte", "trust"
	if f.plain {
		how, tls = "without TLS", "disable"
	}
	host, port, _ := net.SplitHostPort(ready.Listen)
	var b strings.Builder
	fmt.Fprintf(&b, "Standard clients get the link at %s, %s.\n\n", ready.Listen, how)
	fmt.Fprintf(&b, "  profanity:  /connect ADDRESS server %s port %s tls %s\n", host, port, tls)
	fmt.Fprintf(&b, "  others:     host %s, port %s, in the account's advanced settings\n", host, port)
	for _, domain := range slices.Sorted(maps.Keys(ready.Certificates)) {
		fmt.Fprintf(&b, "\nThe certificate for %s here is self-signed: %s\n", domain, ready.Certificates[domain])
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// ownCertificates are the sidecar's own, by domain: self-signed, and the same next time, as clients remember what they have accepted.
type ownCertificates struct {
	dir string // "": in memory only
	log *slog.Logger

	mu  sync.Mutex
	has map[string]*tls.Certificate
}

// get returns that of a domain. Any goroutine.
func (o *ownCertificates) get(domain string) (*tls.Certificate, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	domain = strings.ToLower(domain)
	if c := o.has[domain]; c != nil && time.Now().Before(c.Leaf.NotAfter) {
		return c, nil
	}
	c, err := o.load(domain)
	if err != nil {
		return nil, err
	}
	if o.has == nil {
		o.has = make(map[string]*tls.Certificate)
	}
	o.has[domain] = &c
	return &c, nil
}

// ownCertificate is the file of that of a domain, "" when it is not kept.
func ownCertificate(dir, domain string) string {
	if dir == "" || strings.HasPrefix(domain, ".") || strings.ContainsAny(domain, `/\`) {
		return ""
	}
	return filepath.Join(dir, strings.ToLower(domain)+".pem")
}

func (o *ownCertificates) load(domain string) (c tls.Certificate, err error) {
	chain := ownCertificate(o.dir, domain)
	if chain == "" {
		dir, err := os.MkdirTemp("", "godwit-link-")
		if err != nil {
			return c, err
		}
		defer os.RemoveAll(dir)
		chain = filepath.Join(dir, "own.pem")
	}
	key, made, err := server.KeepSelfSigned(chain, domain)
	if err != nil {
		return c, err
	}
	if made {
		o.log.Info("self-signed certificate made", "host", domain, "file", ownCertificate(o.dir, domain))
	}
	return tls.LoadX509KeyPair(chain, key)
}
