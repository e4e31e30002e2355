package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/load"
	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// loadOptions are the flags that bench chat, login and compare share.
type loadOptions struct {
	address, domain, user, password string // of a server that runs already
	pid                             int
	transport                       string
	mechanisms                      []string
	sessions, parallel, loops       int
	rounds                          int
	serverCPUs, clientCPUs          []int
	pin                             string
	archive, durability             string
	json, page                      string
	folder                          string
}

// defaultLoad are the defaults of the flags.
func defaultLoad() loadOptions {
	return loadOptions{
		user: "user%d", password: daemon.Password, domain: daemon.Domain, transport: "plain", sessions: 1000, parallel: 64, loops: 1, rounds: 1, pin: "auto",
		archive: "on", durability: store.Strict,
	}
}

// loadTransports are those that the load generator has.
var loadTransports = map[string]client.Mode{"plain": client.Plain, "starttls": client.StartTLS, "tls": client.DirectTLS}

// flags declares the flags that every load has.
func (o *loadOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.transport, "transport", o.transport, "plain, starttls or tls")
	_ = cmd.RegisterFlagCompletionFunc("transport", cobra.FixedCompletions(slices.Sorted(maps.Keys(loadTransports)), cobra.ShellCompDirectiveNoFileComp))
	f.StringSliceVar(&o.mechanisms, "mechanism", nil, "SASL `mechanisms` to log in with (default: the best that the server has)")
	f.IntVar(&o.sessions, "sessions", o.sessions, "how many clients there are, each with an account of its own")
	f.IntVar(&o.parallel, "parallel", o.parallel, "how many of them log in at once")
	f.IntVar(&o.loops, "loops", o.loops, "event loops of the generator: one keeps a CPU busy at most")
	f.IntVar(&o.rounds, "rounds", o.rounds, "how often it is measured")
	f.StringVar(&o.pin, "pin", o.pin, "`CPUs` of the server and of the generator, as 0/1 or 0,1/2,3; auto: the first, and the others; none: wherever the system likes")
	f.StringVar(&o.json, "json", "", "write the results to a `file`, as JSON")
	f.StringVar(&o.page, "page", "", "write the results to a `file`, as a page with plots that needs no other file")
	f.StringVar(&o.folder, "folder", "", "`folder` on the disk for the server's data (default: that for temporary files)")
	_ = cmd.MarkFlagDirname("folder")
}

// targetFlags declares the flags that choose the one server of a load.
func (o *loadOptions) targetFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.address, "address", "", "`host:port` of a server that runs already (default: a Godwit is started for the purpose)")
	f.StringVar(&o.domain, "domain", o.domain, "the accounts' domain on that server")
	f.StringVar(&o.user, "user", o.user, "the accounts' names there: a `pattern` in which %d is 0, 1, 2 …")
	f.StringVar(&o.password, "password", o.password, "their password")
	f.IntVar(&o.pid, "pid", 0, "the `number` of its process, if it is on this machine: then its processor time and memory are measured")
	f.StringVar(&o.durability, "durability", o.durability, "of the Godwit that is started: strict, or relaxed (delivered before it is synced)")
}

// ready checks the flags and pins this process.
func (o *loadOptions) ready() error {
	if _, ok := loadTransports[o.transport]; !ok {
		return fmt.Errorf("--transport %s: there are plain, starttls and tls", o.transport)
	}
	if o.rounds < 1 {
		return fmt.Errorf("--rounds %d: at least one", o.rounds)
	}
	if o.archive != "on" && o.archive != "off" {
		return fmt.Errorf("--archive %s: on or off", o.archive)
	}
	if o.durability != store.Strict && o.durability != store.Relaxed {
		return fmt.Errorf("--durability %s: strict or relaxed", o.durability)
	}
	if strings.Count(o.user, "%d") != 1 || strings.Count(o.user, "%") != 1 {
		return fmt.Errorf("--user %s: the pattern needs one %%d", o.user)
	}
	return o.pinned()
}

// pinned chooses the CPUs.
func (o *loadOptions) pinned() error {
	switch all := proc.CPUs(); o.pin {
	case "none":
		return nil
	case "auto":
		if len(all) < 2 {
			return nil
		}
		o.serverCPUs, o.clientCPUs = all[:1], all[1:]
	default:
		server, own, ok := strings.Cut(o.pin, "/")
		if !ok {
			return fmt.Errorf("--pin %s: give the CPUs of the server, a slash, and those of the generator", o.pin)
		}
		var err error
		if o.serverCPUs, err = cpuList(server); err != nil {
			return err
		}
		if o.clientCPUs, err = cpuList(own); err != nil {
			return err
		}
	}
	return nil
}

func cpuList(text string) (cpus []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		var cpu int
		if _, err := fmt.Sscanf(part, "%d", &cpu); err != nil || cpu < 0 {
			return nil, fmt.Errorf("--pin: %q is no CPU's number", part)
		}
		cpus = append(cpus, cpu)
	}
	return cpus, nil
}

// config is the load for a server.
func (o *loadOptions) config(cmd *cobra.Command, prefix string, t loadTarget, keys load.Keys) load.Config {
	return load.Config{
		Address: t.address, Mode: loadTransports[o.transport], PID: t.pid, Password: t.password, Account: t.account,
		Sessions: o.sessions, Parallel: o.parallel, Loops: o.loops, Mechanisms: o.mechanisms, Keys: keys.Of,
		Progress: func(s string) { progress(cmd, prefix)("%s", s) },
	}
}

// loadTarget is a server that runs.
type loadTarget struct {
	address, password string
	pid               int
	account           func(i int) jid.JID
	about             figures.Server
}

// withTarget calls f with the server that the flags name, or a Godwit of its own.
func (o *loadOptions) withTarget(ctx context.Context, f func(t loadTarget) error) error {
	if o.address != "" {
		return o.withOther(f)
	}
	return o.withGodwit(ctx, f)
}

func (o *loadOptions) withOther(f func(t loadTarget) error) error {
	if _, err := jid.Parse(fmt.Sprintf(o.user, 0) + "@" + o.domain); err != nil {
		return fmt.Errorf("--user, --domain: %w", err)
	}
	if o.pid != 0 && len(o.serverCPUs) > 0 {
		if err := proc.Pin(o.pid, o.serverCPUs); err != nil {
			return err
		}
	}
	return f(loadTarget{
		address: o.address, password: o.password, pid: o.pid,
		account: func(i int) jid.JID { return jid.MustParse(fmt.Sprintf(o.user, i) + "@" + o.domain) },
		about:   figures.Server{Name: o.address},
	})
}

// godwitSettings are those of the Godwit that is started.
func (o *loadOptions) godwitSettings() string {
	return busyLimits + fmt.Sprintf("[store]\ndurability = %q\n[log]\nlevel = \"warn\"\n", o.durability)
}

func (o *loadOptions) withGodwit(ctx context.Context, f func(t loadTarget) error) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(o.folder, "godwit-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	server, err := daemon.New(binary, folder, o.sessions, o.godwitSettings())
	if err != nil {
		return err
	}
	defer server.Kill()
	if err := proc.Start(o.serverCPUs, func() error { return server.Start(ctx) }); err != nil {
		return err
	}
	return f(loadTarget{
		address: server.Address(loadTransports[o.transport]), password: daemon.Password, pid: server.PID(), account: daemon.Account,
		about: figures.Server{Name: "Godwit", Version: softwareVersion(), Settings: settingLines(o.godwitSettings())},
	})
}

func settingLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// onClientCPUs keeps this process on the generator's CPUs for f.
func (o *loadOptions) onClientCPUs(f func() error) error {
	if len(o.clientCPUs) == 0 {
		return f()
	}
	before := proc.CPUs()
	if err := proc.Pin(os.Getpid(), o.clientCPUs); err != nil {
		return err
	}
	defer proc.Pin(os.Getpid(), before)
	return f()
}

// write writes the report wherever it is wanted.
func (o *loadOptions) write(cmd *cobra.Command, r *figures.Report) error {
	r.Ended = time.Now()
	if o.json != "" {
		if err := writeFile(o.json, r.WriteJSON); err != nil {
			return err
		}
	}
	if o.page != "" {
		if err := writeFile(o.page, r.WritePage); err != nil {
			return err
		}
	}
	return r.WriteTable(cmd.OutOrStdout())
}

func writeFile(name string, write func(w io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
