package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/figures"
	"github.com/godwit-im/godwit/bench/load"
	"github.com/godwit-im/godwit/bench/peer"
	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/cmd/godwit/server"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// loadOptions are the flags that bench chat, login and compare share.
type loadOptions struct {
	benchOptions
	sessions, parallel, loops int
	mechanisms                []string
	rounds                    int
	pin                       string
	serverCPUs, clientCPUs    []int // what pin says; none: all
	folder, save              string

	// What no flag says.
	roster      func(account int) []int // who is in the rosters; nil: nobody
	certificate *peer.Certificate       // of all servers that are started; nil: each has its own
	curves      []tls.CurveID           // key exchanges of TLS; nil: the usual ones
}

func defaultLoad() loadOptions {
	return loadOptions{benchOptions: benchOptions{transports: []string{"plain"}}, sessions: 1000, parallel: 64, loops: 1, rounds: 1, pin: "auto"}
}

// loadFlags declares the flags, but for those of benchOptions.
func (o *loadOptions) loadFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&o.sessions, "sessions", o.sessions, "how many clients there are, each with an account of its own")
	f.IntVar(&o.parallel, "parallel", o.parallel, "how many of them log in at once")
	f.StringSliceVar(&o.mechanisms, "mechanism", nil, "SASL `mechanisms` to log in with (default: SCRAM without channel binding; on the link the best)")
	f.IntVar(&o.loops, "loops", o.loops, "event loops of the clients: each keeps one CPU busy at most")
	f.IntVar(&o.rounds, "rounds", o.rounds, "how often everything is measured, in turn")
	f.StringVar(&o.pin, "pin", o.pin, "`CPUs` of the server and of the clients, as 0/1 or 0,1/2,3; auto: the first, and the others; none: wherever the system likes")
	f.StringVar(&o.folder, "folder", "", "`folder` on the disk for the data of servers that are started (default: that for temporary files)")
	f.StringVar(&o.save, "save", "", "write the results to `NAME`.txt, NAME.json and NAME.html, a page with plots")
	_ = cmd.MarkFlagDirname("folder")
}

// ready checks the flags.
func (o *loadOptions) ready() error {
	if o.rounds < 1 || o.sessions < 1 || o.parallel < 1 || o.loops < 1 {
		return errors.New("--rounds, --sessions, --parallel and --loops: at least one")
	}
	return o.pinned()
}

// pinned chooses the CPUs.
func (o *loadOptions) pinned() (err error) {
	switch all := proc.CPUs(); o.pin {
	case "none":
	case "auto":
		if len(all) > 1 {
			o.serverCPUs, o.clientCPUs = all[:1], all[1:]
		}
	default:
		server, own, ok := strings.Cut(o.pin, "/")
		if !ok {
			return fmt.Errorf("--pin %s: write the CPUs of the server, a slash, and those of the clients", o.pin)
		}
		if o.serverCPUs, err = cpuList(server); err == nil {
			o.clientCPUs, err = cpuList(own)
		}
	}
	return err
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

// loadTarget is a server that can be put under load.
type loadTarget struct {
	about figures.Server
	// with calls f while the server runs, with the port for clients of that mode and the number of the process, 0 if that is unknown.
	with     func(ctx context.Context, m client.Mode, f func(address string, pid int) error) error
	account  func(i int) jid.JID
	password string
	keys     *load.Keys // of its accounts; nil: they are new each time
}

// entrant is who takes part in a workload, and how that is measured.
type entrant struct {
	name string
	loadTarget
	mode    client.Mode
	measure measurement
}

// measurement measures a server once.
type measurement func(ctx context.Context, c load.Config) (figures.Round, error)

// measure has the entrants do a workload in turn: the first, the second and so on, then the first again.
func (o *loadOptions) measure(cmd *cobra.Command, r *figures.Report, w *figures.Workload, entrants []entrant) error {
	for round := range o.rounds {
		for _, e := range entrants {
			prefix := fmt.Sprintf("%s, %s, round %d of %d", w.Name, e.name, round+1, o.rounds)
			before := figures.LoadAverage()
			err := e.with(cmd.Context(), e.mode, func(address string, pid int) error {
				r.Add(e.about)
				result, err := o.round(cmd, prefix+": ", e, address, pid)
				result.Load = before
				if err == nil {
					w.Add(e.name, result)
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", prefix, err)
			}
		}
	}
	return nil
}

// round measures once, with this process on the CPUs of the clients.
func (o *loadOptions) round(cmd *cobra.Command, prefix string, e entrant, address string, pid int) (r figures.Round, err error) {
	if len(o.clientCPUs) > 0 {
		before := proc.CPUs()
		if err := proc.Pin(os.Getpid(), o.clientCPUs); err != nil {
			return r, err
		}
		defer proc.Pin(os.Getpid(), before)
	}
	tell := progress(cmd, prefix)
	secured := ""
	r, err = e.measure(cmd.Context(), load.Config{
		Address: address, Mode: e.mode, PID: pid, Account: e.account, Password: e.password,
		Sessions: o.sessions, Parallel: o.parallel, Loops: o.loops, Mechanisms: o.mechanisms, Keys: e.keys, Curves: o.curves,
		Progress: func(s string) { tell("%s", s) },
		Secured:  func(how string) { secured = how },
	})
	r.Security = secured
	return r, err
}

// publish prints the report and saves it, also when an error has ended the measurement, if there is anything in it. It is an error if something was wrong with the messages.
func (o *loadOptions) publish(cmd *cobra.Command, r *figures.Report, ended error) error {
	r.Ended = time.Now()
	if ended != nil {
		if r.IsEmpty() {
			return ended
		}
		r.Notes = append(r.Notes, "It ended early: "+ended.Error()+".")
	}
	if len(o.serverCPUs) > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("Servers ran on CPU %v, the clients on CPU %v.", o.serverCPUs, o.clientCPUs))
	}
	if o.save != "" {
		if err := o.saveReport(r); err != nil {
			return errors.Join(ended, err)
		}
	}
	write := r.WriteTable
	if o.json {
		write = r.WriteJSON
	}
	return errors.Join(ended, write(cmd.OutOrStdout()), r.Wrong())
}

func (o *loadOptions) saveReport(r *figures.Report) error {
	var table, json, page bytes.Buffer
	err := errors.Join(r.WriteTable(&table), r.WriteJSON(&json), r.WritePage(&page), os.MkdirAll(filepath.Dir(o.save), 0o777))
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(o.save+".txt", table.Bytes(), 0o666), os.WriteFile(o.save+".json", json.Bytes(), 0o666), os.WriteFile(o.save+".html", page.Bytes(), 0o666))
}

// godwit is this program as a server, on new data each time, with so many event loops (0: as many as it has CPUs).
func (o *loadOptions) godwit(durability string, loops int) loadTarget {
	name, extra := "Godwit ("+durability+")", busyLimits
	if loops > 0 {
		name, extra = fmt.Sprintf("Godwit (%s, loops = %d)", durability, loops), extra+fmt.Sprintf("loops = %d\n", loops)
	}
	extra += fmt.Sprintf("[store]\ndurability = %q\n[log]\nlevel = \"warn\"\n", durability)
	settings := strings.FieldsFunc(extra, func(r rune) bool { return r == '\n' })
	return loadTarget{
		about:   figures.Server{Name: name, Version: softwareVersion(), Settings: settings},
		account: daemon.Account, password: daemon.Password,
		with: func(ctx context.Context, m client.Mode, f func(address string, pid int) error) error {
			return withPrepared(ctx, o.folder, o.serverCPUs, o.sessions, extra, o.furnish, func(_ string, s *daemon.Server) error { return f(s.Address(m), s.PID()) })
		},
	}
}

// furnish gives a Godwit the rosters and the certificate.
func (o *loadOptions) furnish(s *daemon.Server) error {
	if o.certificate != nil {
		chain := server.SelfSignedFile(s.Data(), daemon.Domain)
		key := strings.TrimSuffix(chain, ".pem") + ".key.pem"
		err := errors.Join(os.MkdirAll(filepath.Dir(chain), 0o700), os.WriteFile(key, o.certificate.Key, 0o600), os.WriteFile(chain, o.certificate.Chain, 0o644))
		if err != nil {
			return err
		}
	}
	if o.roster == nil {
		return nil
	}
	disk, err := s.Store()
	if err != nil {
		return err
	}
	return errors.Join(daemon.AddContacts(disk, o.sessions, o.roster), disk.Close())
}
