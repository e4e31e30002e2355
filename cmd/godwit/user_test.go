package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
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
	user("secret\n", "add", "emil@localhost").wants(t, 1, "", "standard input is no terminal: use --password-stdin")
	user("", "list").wants(t, 0, "dora@localhost", "")
	user("", "rm", "emil@localhost").wants(t, 1, "", "there is no account emil@localhost")
	user("", "rm", "dora@localhost").wants(t, 0, "removed dora@localhost", "")
	if r := user("", "list", "--json"); r.code != 0 || r.out != "" {
		t.Errorf("left: %+v", r)
	}
	cli(t, "", "user", "list", "--data", filepath.Join(t.TempDir(), "none")).wants(t, 1, "", "there is no data in")
	cli(t, "", "user", "list", "--data", "a", "--config", "b").wants(t, 1, "", "none of the others can be")
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
	cli(t, "", "backup", copied, "--data", l.Data).wants(t, 0, "backup in "+copied, "")
	cli(t, "", "backup", copied, "--data", l.Data).wants(t, 1, "", "exists")
	cli(t, "", "verify", "--data", l.Data).wants(t, 0, " keys, 0 faults", "")
	l.stop(t)
	isPrivate(t, copied)
	isPrivate(t, l.Data)

	cli(t, "", "verify", "--data", copied).wants(t, 0, " keys, 0 faults", "")
	restored := startLocal(t, copied)
	restored.Accounts = l.Accounts // whose passwords are not in the store
	restored.chat(t, "bob", "--wait", "1").message(t, "alice@localhost", "kept")
	restored.stop(t)
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
	l.chat(t, "alice", "--send", "hello", "nobody@localhost").fails(t, "1 messages came back with an error")
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
