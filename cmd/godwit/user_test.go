package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// writeConfig writes a configuration that serves localhost on free ports, and returns its name and data folder.
func writeConfig(t *testing.T, more string) (file, data string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "godwit.toml")
	text := "data = 'data'\n[[host]]\ndomain = 'localhost'\n[[listen]]\nkind = 'link'\naddress = '127.0.0.1:0'\n" + more
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, filepath.Join(dir, "data")
}

func TestUsersOfAServerThatDoesNotRun(t *testing.T) {
	t.Parallel()
	file, _ := writeConfig(t, "")
	user := func(stdin string, args ...string) result {
		return cli(t, stdin, append([]string{"user", "--config", file}, args...)...)
	}
	user("secret\n", "add", "dora@localhost", "--password-stdin").wants(t, 0, "added dora@localhost", "")
	user("secret\n", "add", "dora@localhost", "--password-stdin").wants(t, 1, "", "dora@localhost exists: godwit user passwd dora@localhost sets a new password")
	user("secret\n", "add", "dora@example.org", "--password-stdin").wants(t, 1, "", "example.org is not served here: the domains are localhost")
	user("", "add", "emil@localhost", "--password-stdin").wants(t, 1, "", "reading a password from standard input")
	user("\n", "add", "emil@localhost", "--password-stdin").wants(t, 1, "", "the password is empty")
	user("secret\n", "add", "emil@localhost").wants(t, 1, "", "standard input is no terminal: set $GODWIT_PASSWORD, or use --password-stdin")
	user("", "add", "emil").wants(t, 1, "", `"emil" is no account: write it as name@domain`)
	user("", "add", "dora@localhost").wants(t, 1, "", "dora@localhost exists")
	user("", "passwd", "emil@localhost").wants(t, 1, "", "there is no account emil@localhost")
	user("", "list").wants(t, 0, "dora@localhost", "")
	user("", "rm", "emil@localhost").wants(t, 1, "", "there is no account emil@localhost")
	user("", "rm", "dora@localhost").wants(t, 0, "removed dora@localhost", "")
	if r := user("", "list", "--json"); r.code != 0 || r.out != "" {
		t.Errorf("left: %+v", r)
	}
	cli(t, "", "user", "list", "--data", filepath.Join(t.TempDir(), "none")).wants(t, 1, "", "there is no data in")
	cli(t, "", "user", "list", "--data", "a", "--config", "b").wants(t, 1, "", "none of the others can be")
}

func TestThePasswordOfANewAccountMayComeFromTheEnvironment(t *testing.T) {
	file, _ := writeConfig(t, "")
	user := func(args ...string) result {
		return cli(t, "two\n", append([]string{"user", "--config", file}, args...)...)
	}
	t.Setenv(passwordVariable, "one")
	user("add", "dora@localhost").wants(t, 0, "added dora@localhost, with the password of $GODWIT_PASSWORD\n", "")
	isPassword(t, file, "one")
	user("passwd", "dora@localhost", "--password-stdin").wants(t, 0, "new password for dora@localhost\n", "")
	isPassword(t, file, "two")
	user("passwd", "dora@localhost").wants(t, 0, "new password for dora@localhost, with the password of $GODWIT_PASSWORD\n", "")
	isPassword(t, file, "one")
}

// TestAnAccountMayBringItsKeys: those of RFC 5802 §5, whose password is pencil.
func TestAnAccountMayBringItsKeys(t *testing.T) {
	t.Parallel()
	const keys = "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=\n"
	file, _ := writeConfig(t, "")
	add := func(stdin string, more ...string) result {
		return cli(t, stdin, append([]string{"user", "add", "dora@localhost", "--keys-stdin", "--config", file}, more...)...)
	}
	add("").wants(t, 1, "", "standard input has no keys")
	add("pencil\n").wants(t, 1, "", "the keys of number 1 are not in the form SCRAM-SHA-1$ITERATIONS")
	add(keys+keys).wants(t, 1, "", "the keys of number 2 are for SHA-1 once more")
	add(keys+strings.Repeat("\n", maxKeyLines+1-len(keys))).wants(t, 1, "", "standard input is too long")
	add(keys, "--password-stdin").wants(t, 1, "", "none of the others can be")
	add("\n"+keys+strings.Repeat("\n", maxKeyLines-1-len(keys))).wants(t, 0, "added dora@localhost\n", "")
	isPassword(t, file, "pencil")
	add(keys).wants(t, 1, "", "dora@localhost exists")
}

// isPassword wants dora to have a password, in a configuration that is not served.
func isPassword(t *testing.T, file, password string) {
	t.Helper()
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(admin.StoreDir(c.Data), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, _, err := s.Account(jid.MustParse("dora@localhost"))
	var stored sasl.Credentials
	if err := errors.Join(err, stored.UnmarshalBinary(a.Credentials)); err != nil || !stored.Verify(password) {
		t.Errorf("the password is not %s (%v)", password, err)
	}
}

func TestUsersOfARunningServer(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	cli(t, "first\n", "user", "add", "dora@localhost", "--password-stdin", "--data", l.Data).wants(t, 0, "added", "")
	l.Accounts = append(l.Accounts, localAccount{"dora@localhost", "first"})
	one := l.chat(t, "dora")
	if u := listed(t, l.Data, "dora@localhost"); u.Sessions != 1 || u.Devices != 1 {
		t.Errorf("while it is connected: %+v", u)
	}

	cli(t, "second\n", "user", "passwd", "dora@localhost", "--password-stdin", "--data", l.Data).wants(t, 0, "new password", "")
	one.wait(t)
	if said := one.errs.String(); one.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said, "not-authorized") {
		t.Errorf("kicked with exit %d: %s", one.cmd.ProcessState.ExitCode(), said)
	}
	t.Setenv(passwordVariable, "first") // and the key of the link is forgotten
	cli(t, "", l.chatArgs("dora")...).wants(t, 1, "", "not-authorized")
	t.Setenv(passwordVariable, "second")
	cli(t, "", l.chatArgs("dora")...).wants(t, 0, "connected", "")
	l.Accounts[3].Password = "second"
	two := l.chat(t, "dora")

	cli(t, "", "user", "rm", "dora@localhost", "--data", l.Data).wants(t, 0, "removed", "")
	two.wait(t)
	if two.cmd.ProcessState.ExitCode() != 1 {
		t.Error("a removed account stays connected")
	}
	cli(t, "", l.chatArgs("dora")...).wants(t, 1, "", "not-authorized")
	l.stop(t)
}

// listed returns an account as user list tells it.
func listed(t *testing.T, data, name string) admin.User {
	t.Helper()
	r := cli(t, "", "user", "list", "--json", "--data", data)
	for line := range strings.Lines(r.out) {
		var u admin.User
		if err := json.Unmarshal([]byte(line), &u); err != nil {
			t.Fatal(err)
		}
		if u.JID == name {
			return u
		}
	}
	t.Fatalf("no %s in %+v", name, r)
	return admin.User{}
}

func TestBackupOfARunningServer(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	cli(t, "", l.chatArgs("alice", "--send", "kept", "bob@localhost")...).wants(t, 1, "", "no password")
	alice := l.chat(t, "alice", "--send", "kept", "bob@localhost")
	alice.end(t)
	copied := filepath.Join(t.TempDir(), "copy")
	cli(t, "", "backup", copied, "--data", l.Data).wants(t, 0, "backup in "+copied+"\nnot in it: the configuration and the certificates that it names, if there are any", "")
	cli(t, "", "backup", copied, "--data", l.Data).wants(t, 1, "", "exists")
	cli(t, "", "verify", "--data", l.Data).wants(t, 0, " keys, 0 faults", "")
	l.stop(t)
	isPrivate(t, copied)
	isPrivate(t, l.Data)

	cli(t, "", "verify", "--data", copied).wants(t, 0, " keys, 0 faults", "")
	cli(t, "", "user", "list", "--data", copied).wants(t, 0, "alice@localhost", "") // it knows its domains
	restored := startLocal(t, copied)
	if certificate, err := os.ReadFile(l.Certificate); err != nil || !reflect.DeepEqual(restored.Accounts, l.Accounts) || !isFile(restored.Certificate, certificate) {
		t.Errorf("restored with accounts %v, want %v; or with another certificate (%v)", restored.Accounts, l.Accounts, err)
	}
	restored.chat(t, "bob", "--wait", "1").message(t, "alice@localhost", "kept")
	restored.stop(t)
}

// isFile reports whether a file has that text.
func isFile(name string, text []byte) bool {
	got, err := os.ReadFile(name)
	return err == nil && bytes.Equal(got, text)
}

func TestABackupNamesWhatLiesElsewhere(t *testing.T) {
	t.Parallel()
	file, data := writeConfig(t, "[[host]]\ndomain = 'example.org'\ncertificate = 'c.pem'\nkey = 'k.pem'\n")
	cli(t, "secret\n", "user", "add", "dora@localhost", "--password-stdin", "--config", file).wants(t, 0, "added", "")
	dir := filepath.Dir(file)
	elsewhere := file + ", " + filepath.Join(dir, "c.pem") + ", " + filepath.Join(dir, "k.pem")
	cli(t, "", "backup", filepath.Join(dir, "copy"), "--config", file).wants(t, 0, "\nnot in it: "+elsewhere+"; keep copies of them too\n", "")
	cli(t, "", "backup", filepath.Join(data, "copy"), "--config", file).wants(t, 1, "", "is inside the data folder")
}

// isPrivate wants nobody but the owner to be able to read anything in the folder.
func isPrivate(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && !strings.HasSuffix(path, "localhost.pem") { // the certificate is public
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestChatFailsWhenAMessageComesBack is for scripts, which see only the exit code.
func TestChatFailsWhenAMessageComesBack(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	l.chat(t, "alice", "--send", "hello", "nobody@localhost").fails(t, "1 message came back with an error")
	l.stop(t)
}

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	file, data := writeConfig(t, "")
	for _, name := range []string{"a", "b", "c"} {
		cli(t, "secret\n", "user", "add", name+"@localhost", "--password-stdin", "--config", file).wants(t, 0, "added", "")
	}
	cli(t, "", "verify", "--config", file).wants(t, 0, " keys, 0 faults", "")
	tables, err := filepath.Glob(filepath.Join(admin.StoreDir(data), "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables (%v)", err)
	}
	for _, name := range tables {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[20] ^= 0x40
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := cli(t, "", "verify", "--config", file); r.code != 1 {
		t.Errorf("damaged: %+v", r)
	}
}
