package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type ejabberd struct {
	child
	config Config
	erlang string // the folder of Erlang libraries that ejabberd is in
}

// ejabberdLibrary returns the folder of Erlang libraries that ejabberd is in, and its version.
func ejabberdLibrary() (folder, version string, err error) {
	if _, err := exec.LookPath("erl"); err != nil {
		return "", "", ErrMissing
	}
	for _, pattern := range []string{"/usr/lib/*/ejabberd-*/ebin/ejabberd.app", "/usr/lib/ejabberd*/ebin/ejabberd.app", "/usr/lib/erlang/lib/ejabberd-*/ebin/ejabberd.app"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			folder = filepath.Dir(filepath.Dir(found[0]))
			_, version, _ = strings.Cut(filepath.Base(folder), "-")
			return filepath.Dir(folder), version, nil
		}
	}
	return "", "", ErrMissing
}

func ejabberdVersion() (string, error) {
	_, version, err := ejabberdLibrary()
	return version, err
}

func newEjabberd(c Config, n network) (Server, error) {
	erlang, _, err := ejabberdLibrary()
	if err != nil {
		return nil, err
	}
	s := &ejabberd{child{network: n, log: c.path("output.log")}, c, erlang}
	return s, c.write("ejabberd.yml", s.text())
}

// tuning is its configuration, but for ports and files.
func (s *ejabberd) tuning() string {
	more := ""
	if s.config.Archive {
		more = "\n  mod_mam: {default: always, db_type: mnesia}"
	}
	if s.config.Offline {
		more += "\n  mod_offline: {}\n  mod_stream_mgmt: {}"
	}
	return `loglevel: error
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
acl: {local: {user_regexp: ""}}
access_rules: {local: {allow: local}, c2s: {allow: all}}
shaper_rules: {max_user_sessions: 100, max_user_offline_messages: 1000000}
modules:
  mod_roster: {}
  mod_disco: {}
  mod_ping: {}` + more
}

func (s *ejabberd) text() string {
	return fmt.Sprintf(`hosts: [%q]
certfiles: [%q]
listen:
  - {port: %d, ip: %q, module: ejabberd_c2s, starttls: true, backlog: 4096, access: c2s}
  - {port: %d, ip: %q, module: ejabberd_c2s, tls: true, backlog: 4096, access: c2s}
%s
`, s.config.Domain, s.config.path("both.pem"), s.plain, loopback, s.direct, loopback, s.tuning())
}

// virtualMachine are the options that ejabberdctl gives to Erlang, by default and with its documentation's advice.
const virtualMachine = "+K true +P 250000 +Q 65536 -env ERL_CRASH_DUMP_BYTES 0"

// Settings implements Server.
func (s *ejabberd) Settings() []string {
	return append([]string{"erl " + virtualMachine}, strings.Split(s.tuning(), "\n")...)
}

// Start implements Server. ejabberd computes the keys of each account, which takes a while: it does so at the first start, and the others get a copy of its database.
func (s *ejabberd) Start(ctx context.Context) error {
	data, accounts := s.config.path("mnesia"), s.config.path("accounts")
	if _, err := os.Stat(accounts); err != nil {
		if err := s.register(ctx); err != nil {
			return err
		}
		if err := os.Rename(data, accounts); err != nil {
			return err
		}
	}
	if err := errors.Join(os.RemoveAll(data), os.CopyFS(data, os.DirFS(accounts))); err != nil {
		return err
	}
	return s.run(ctx, s.node(), s.listens)
}

// register has the server make the accounts, and stops it.
func (s *ejabberd) register(ctx context.Context) error {
	if err := os.MkdirAll(s.config.path("mnesia"), 0o700); err != nil {
		return err
	}
	done := s.config.path("accounts.done")
	if err := s.config.write("contacts", s.contacts()); err != nil {
		return err
	}
	register := fmt.Sprintf(`[ok = ejabberd_auth:try_register(iolist_to_binary(["user", integer_to_list(I)]), <<"%s">>, <<"%s">>) || I <- lists:seq(0, %d)], %s, ok = file:write_file("%s", <<>>).`,
		s.config.Domain, s.config.Password, s.config.Accounts-1, s.rosters(), done)
	err := s.run(ctx, s.node("-eval", register), func() bool { _, err := os.Stat(done); return err == nil })
	return errors.Join(err, s.Stop())
}

// contacts is a file of Erlang terms: who is in whose roster.
func (s *ejabberd) contacts() string {
	var b strings.Builder
	for i := range s.config.Accounts {
		for _, j := range s.config.Contacts(i) {
			fmt.Fprintf(&b, "{%d,%d}.\n", i, j)
		}
	}
	return b.String()
}

// rosters is the Erlang that fills the accounts' rosters, with the records of mod_roster_mnesia.
func (s *ejabberd) rosters() string {
	return fmt.Sprintf(`Host = <<"%s">>, User = fun(I) -> iolist_to_binary(["user", integer_to_list(I)]) end, {ok, Pairs} = file:consult("%s"), `+
		`[ok = mnesia:dirty_write({roster, {User(I), Host, {User(J), Host, <<>>}}, {User(I), Host}, {User(J), Host, <<>>}, <<>>, both, none, [], <<>>, []}) || {I, J} <- Pairs]`,
		s.config.Domain, s.config.path("contacts"))
}

// node is Erlang with ejabberd. The node has no name: it needs none, and no daemon for it.
func (s *ejabberd) node(more ...string) *exec.Cmd {
	args := append(strings.Fields(virtualMachine), "-noinput", "-mnesia", "dir", fmt.Sprintf("%q", s.config.path("mnesia")), "-s", "ejabberd")
	command := exec.Command("erl", append(args, more...)...)
	command.Dir = s.config.Folder
	command.Env = append(os.Environ(), "HOME="+s.config.Folder, "ERL_LIBS="+s.erlang, "EJABBERD_CONFIG_PATH="+s.config.path("ejabberd.yml"),
		"EJABBERD_LOG_PATH="+s.config.path("ejabberd.log"))
	return command
}
