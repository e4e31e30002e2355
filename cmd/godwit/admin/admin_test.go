package admin

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

var quiet = slog.New(slog.DiscardHandler)

// room returns a Room on a store in memory that serves example.org and localhost, and the accounts that it has kicked.
func room(t *testing.T) (*Room, func() []string) {
	s, err := store.OpenMemory(store.NewMemory(), store.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var mu sync.Mutex
	var kicked []string
	r := &Room{Store: s, Domains: []string{"example.org", "localhost"}}
	r.Kick = func(j jid.JID) {
		mu.Lock()
		defer mu.Unlock()
		kicked = append(kicked, j.String())
	}
	r.Sessions = func(jid.JID) int { return 2 }
	return r, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return kicked
	}
}

// doors are the two ways in.
func doors(t *testing.T, run func(t *testing.T, d Door, r *Room, kicked func() []string)) {
	t.Run("here", func(t *testing.T) {
		r, kicked := room(t)
		run(t, desk{r}, r, kicked)
	})
	t.Run("running", func(t *testing.T) {
		r, kicked := room(t)
		data := t.TempDir()
		srv, err := Listen(data, r, quiet)
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Shut()
		d, err := Open(data, nil, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		run(t, d, r, kicked)
	})
}

func do(t *testing.T, d Door, q Request, want string) Reply {
	t.Helper()
	r, err := d.Do(context.Background(), q)
	switch {
	case err == nil && want != "":
		t.Errorf("%s %s: no error, want %q", q.Do, q.JID, want)
	case err != nil && (want == "" || !strings.Contains(err.Error(), want)):
		t.Errorf("%s %s: %q, want %q", q.Do, q.JID, err, want)
	}
	return r
}

func TestUsersComeAndGo(t *testing.T) {
	doors(t, func(t *testing.T, d Door, r *Room, kicked func() []string) {
		do(t, d, Request{Do: AddUser, JID: "Alice@Example.org", Password: "one"}, "")
		do(t, d, Request{Do: AddUser, JID: "bob@localhost", Password: "two"}, "")
		do(t, d, Request{Do: AddUser, JID: "alice@example.org", Password: "x"}, "alice@example.org exists: godwit user passwd")
		do(t, d, Request{Do: SetPasswd, JID: "alice@example.org", Password: "three"}, "")
		a, ok, err := r.Store.Account(jid.MustParse("alice@example.org"))
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		var c sasl.Credentials
		if err := c.UnmarshalBinary(a.Credentials); err != nil || c.Verify("one") || !c.Verify("three") {
			t.Errorf("the old password still holds, or the new one does not (%v)", err)
		}
		if a.Created.IsZero() {
			t.Error("passwd lost when the account was made")
		}
		var names []string
		for _, u := range do(t, d, Request{Do: ListUsers}, "").Users {
			names = append(names, u.JID)
			if u.Sessions != 2 || u.Created.IsZero() {
				t.Errorf("%+v", u)
			}
		}
		if want := []string{"alice@example.org", "bob@localhost"}; !reflect.DeepEqual(names, want) {
			t.Errorf("list %v, want %v", names, want)
		}
		do(t, d, Request{Do: RemoveUser, JID: "alice@example.org"}, "")
		do(t, d, Request{Do: RemoveUser, JID: "alice@example.org"}, "there is no account alice@example.org")
		if users := do(t, d, Request{Do: ListUsers, Domain: "example.org"}, "").Users; users != nil {
			t.Errorf("left: %v", users)
		}
		if want := []string{"alice@example.org", "alice@example.org"}; !reflect.DeepEqual(kicked(), want) {
			t.Errorf("kicked %v, want %v", kicked(), want)
		}
	})
}

// TestAUserWithTheKeysOfAnotherServer: the account has what they say, and nothing else.
func TestAUserWithTheKeysOfAnotherServer(t *testing.T) {
	const keys = "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=" // RFC 5802 §5
	doors(t, func(t *testing.T, d Door, r *Room, _ func() []string) {
		do(t, d, Request{Do: AddUser, JID: "alice@localhost", Keys: []string{"x"}}, "are not in the form")
		do(t, d, Request{Do: AddUser, JID: "alice@localhost", Keys: []string{keys}}, "")
		a, _, err := r.Store.Account(jid.MustParse("alice@localhost"))
		var c sasl.Credentials
		if err := errors.Join(err, c.UnmarshalBinary(a.Credentials)); err != nil || !c.Verify("pencil") || !c.Hashes().Partial() {
			t.Error(err)
		}
	})
}

func TestWhatIsNoAccountIsRefused(t *testing.T) {
	doors(t, func(t *testing.T, d Door, _ *Room, _ func() []string) {
		for _, what := range []string{FindUser, AddUser, SetPasswd, RemoveUser} {
			do(t, d, Request{Do: what, JID: "a@b@c", Password: "p"}, "is no address: write it as name@domain")
			do(t, d, Request{Do: what, JID: "example.org", Password: "p"}, "is no account: write it as name@domain")
			do(t, d, Request{Do: what, JID: "a@example.org/r", Password: "p"}, "is no account: write it as name@domain")
			do(t, d, Request{Do: what, JID: "a@example.com", Password: "p"}, "example.com is not served here: the domains are example.org, localhost")
		}
		do(t, d, Request{Do: AddUser, JID: "a@example.org"}, "the password is empty")
		do(t, d, Request{Do: SetPasswd, JID: "a@example.org", Password: "p"}, "there is no account a@example.org")
		do(t, d, Request{Do: "dance"}, `unknown operation "dance"`)
	})
}

func TestANewPasswordForgetsTheDevices(t *testing.T) {
	r, _ := room(t)
	d := desk{r}
	alice := jid.MustParse("alice@localhost")
	do(t, d, Request{Do: AddUser, JID: "alice@localhost", Password: "one"}, "")
	key := [32]byte{1, 2, 3}
	err := r.Store.Do(t.Context(), func(tx *store.Tx) error {
		return tx.PutDevice(store.Device{Account: alice, ID: "phone", Key: key})
	})
	if err != nil {
		t.Fatal(err)
	}
	if u := do(t, d, Request{Do: ListUsers}, "").Users[0]; u.Devices != 1 {
		t.Errorf("%d devices, want 1", u.Devices)
	}
	do(t, d, Request{Do: SetPasswd, JID: "alice@localhost", Password: "two"}, "")
	if _, ok, err := r.Store.DeviceByKey(key); ok || err != nil {
		t.Errorf("the device's key still opens (%v)", err)
	}
}

// TestDevices: one device after the other is listed, and forgotten with its key or tokens; the others stay. A new password leaves no token.
func TestDevices(t *testing.T) {
	r, _ := room(t)
	var kicked []string
	r.KickDevice = func(account jid.JID, cursor string) { kicked = append(kicked, account.String()+" "+cursor) }
	d := desk{r}
	const alice, id = "alice@localhost", "d4565fa7-4d72-4749-b3d3-740edbf87770"
	do(t, d, Request{Do: AddUser, JID: alice, Password: "one"}, "")
	key := [32]byte{1, 2, 3}
	err := r.Store.Do(t.Context(), func(tx *store.Tx) error {
		j := jid.MustParse(alice)
		return errors.Join(tx.PutDevice(store.Device{Account: j, ID: "phone", Key: key}), tx.SetCursor(j, "phone", 0))
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens := logIn(t, r.Store, alice, id)
	if n := tokens(); n != 1 {
		t.Fatalf("%d tokens", n)
	}
	listed := do(t, d, Request{Do: ListDevices, JID: alice}, "").Devices
	if len(listed) != 2 || listed[0].ID != "phone" || listed[0].Kind != "key" || listed[1].ID != id || listed[1].Software != "Birdsong" {
		t.Errorf("%+v", listed)
	}
	do(t, d, Request{Do: RemoveDevice, JID: alice, Device: "tablet"}, "alice@localhost has no device tablet")
	do(t, d, Request{Do: RemoveDevice, JID: alice, Device: id}, "")
	if n := tokens(); n != 0 {
		t.Errorf("%d tokens of a client that is forgotten", n)
	}
	if _, ok, err := r.Store.DeviceByKey(key); !ok || err != nil {
		t.Error("the other device is gone", err)
	}
	do(t, d, Request{Do: RemoveDevice, JID: alice, Device: "phone"}, "")
	if _, ok, _ := r.Store.DeviceByKey(key); ok {
		t.Error("the key still opens")
	}
	if err := r.Store.Do(t.Context(), func(tx *store.Tx) error {
		if has, err := tx.HasCursor(jid.MustParse(alice), "phone"); has || err != nil {
			t.Error("its place in the archive is kept", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{alice + " ua:" + id, alice + " phone"}; !slices.Equal(kicked, want) {
		t.Errorf("kicked %v, want %v", kicked, want)
	}
	tokens = logIn(t, r.Store, alice, id)
	do(t, d, Request{Do: SetPasswd, JID: alice, Password: "two"}, "")
	if n := tokens(); n != 0 {
		t.Errorf("%d tokens after a new password", n)
	}
	do(t, d, Request{Do: ListDevices, JID: "bob@localhost"}, "there is no account bob@localhost")
}

// logIn logs a client in that gets a token, and returns what counts the tokens.
func logIn(t *testing.T, s *store.Store, address, id string) (tokens func() int) {
	t.Helper()
	j := jid.MustParse(address)
	h, err := host.New(j.Domain(), router.New(nil, nil), s, quiet, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := s.Account(j)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Login(host.Login{
		Account: j, Credentials: a.Credentials, Now: time.Now(), WantToken: "HT-SHA-256-NONE",
		Agent: host.Agent{ID: id, Software: "Birdsong"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() int {
		found, err := h.Tokens(j, a.Credentials, id, "HT-SHA-256-NONE")
		if err != nil {
			t.Error(err)
		}
		return len(found)
	}
}

func TestBackupAndVerify(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Symlink(t.TempDir(), data); err != nil {
		t.Fatal(err)
	}
	here, err := Open(data, []string{"localhost"}, store.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	do(t, here, Request{Do: AddUser, JID: "alice@localhost", Password: "one"}, "")
	if r := do(t, here, Request{Do: Verify}, ""); r.Keys == 0 || r.Faults != 0 {
		t.Errorf("verify: %+v", r)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := NoteDomains(data, []string{"localhost"}); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join("certificates", "localhost.key.pem")
	write(t, filepath.Join(data, secret), "key")
	do(t, here, Request{Do: Backup, Dir: copied}, "")
	do(t, here, Request{Do: Backup, Dir: copied}, "exists: name a folder that does not")
	do(t, here, Request{Do: Backup, Dir: filepath.Join(data, "copy")}, "is inside the data folder")
	do(t, here, Request{Do: Backup, Dir: filepath.Join(copied, "domains.txt", "copy")}, "not a directory")
	if err := here.Close(); err != nil {
		t.Fatal(err)
	}
	there, err := Open(copied, nil, store.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	if users := do(t, there, Request{Do: ListUsers, Domain: "localhost"}, "").Users; len(users) != 1 {
		t.Errorf("the backup has %v", users)
	}
	if users := do(t, there, Request{Do: ListUsers}, "").Users; len(users) != 1 { // it knows its domains
		t.Errorf("the backup has %v", users)
	}
	if st, err := os.Stat(filepath.Join(copied, secret)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the private key: %v (%v)", st, err)
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	data, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	write(t, filepath.Join(data, "certificates", "a.pem"), "a")
	here, err := Open(data, []string{"localhost"}, store.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	r := here.(desk).Room
	if err := here.Close(); err != nil { // the store has nothing to give
		t.Fatal(err)
	}
	if err := r.backup(copied); err == nil {
		t.Error("a backup of a closed store")
	}
	if _, err := os.Stat(copied); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is left (%v)", err)
	}
}

// write writes a file that only its owner may read, and the folder it is in.
func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNobodyKnowsTheDomainsOfABareStore(t *testing.T) {
	r, _ := room(t)
	r.Domains = nil
	do(t, desk{r}, Request{Do: ListUsers}, "name one")
}

func TestFindUser(t *testing.T) {
	doors(t, func(t *testing.T, d Door, _ *Room, _ func() []string) {
		if users := do(t, d, Request{Do: FindUser, JID: "a@localhost"}, "").Users; users != nil {
			t.Errorf("found %v", users)
		}
		do(t, d, Request{Do: AddUser, JID: "a@localhost", Password: "p"}, "")
		if users := do(t, d, Request{Do: FindUser, JID: "A@localhost"}, "").Users; len(users) != 1 || users[0].JID != "a@localhost" || users[0].Sessions != 2 {
			t.Errorf("found %v", users)
		}
	})
}

func TestOpen(t *testing.T) {
	empty := t.TempDir()
	if _, err := Open(empty, nil, store.Options{}); err == nil || !strings.Contains(err.Error(), "there is no data in "+empty) {
		t.Errorf("an empty folder: %v", err)
	}
	data := t.TempDir()
	first, err := Open(data, []string{"localhost"}, store.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := Open(data, nil, store.Options{Logger: quiet}); err == nil || !strings.Contains(err.Error(), "in use by a process that does not answer") {
		t.Errorf("a locked store: %v", err)
	}
	if err := NoteDomains(data, []string{"a.example", "b.example"}); err != nil {
		t.Fatal(err)
	}
	if got := knownDomains(data); !reflect.DeepEqual(got, []string{"a.example", "b.example"}) {
		t.Errorf("domains %v", got)
	}
}

func TestTheSocketIsForItsUserOnly(t *testing.T) {
	r, _ := room(t)
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, socketName), nil, 0o644); err != nil { // left by a crash
		t.Fatal(err)
	}
	srv, err := Listen(data, r, quiet)
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(data, socketName))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", st.Mode(), err)
	}
	if !Running(data) {
		t.Error("does not run")
	}
	srv.Shut()
	if Running(data) {
		t.Error("runs after Close")
	}
}

func TestNonsenseOnTheSocketIsAnswered(t *testing.T) {
	r, _ := room(t)
	data := t.TempDir()
	srv, err := Listen(data, r, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Shut()
	conn, err := net.Dial("unix", socketPath(data))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\n")); err != nil {
		t.Fatal(err)
	}
	var b [512]byte
	n, err := conn.Read(b[:])
	if err != nil || !strings.Contains(string(b[:n]), "not a request") {
		t.Errorf("answer %q (%v)", b[:n], err)
	}
}
