package chat

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

var alice = jid.MustParse("alice@localhost/there")

func open(t *testing.T, dir string) *keys {
	t.Helper()
	k, err := openKeys(dir, alice)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeysLastAndAreHeldByOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	first := open(t, dir)
	if !reflect.DeepEqual(first.link, client.LinkKeys{}) {
		t.Errorf("a new file has %+v", first.link)
	}
	device, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := client.LinkKeys{
		Device: device, Server: []byte(strings.Repeat("s", 32)), Expires: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Route: []byte("node-1"),
		Counter: 7, IDs: []byte(strings.Repeat("i", 16)), Over: client.OverTLS,
	}
	known := &client.Known{Mechanism: "SCRAM-SHA-512-PLUS", SASL2: true}
	if err := first.keep(want, known); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir)
	if second.file != nil || second.link.Server != nil {
		t.Error("two hold the keys")
	}
	if err := second.keep(client.LinkKeys{}, nil); err != nil {
		t.Error(err)
	}
	first.close()
	third := open(t, dir)
	defer third.close()
	if !reflect.DeepEqual(third.link, want) {
		t.Errorf("read %+v, want %+v", third.link, want)
	}
	if !reflect.DeepEqual(third.known, known) {
		t.Errorf("read %+v, want %+v", third.known, known)
	}
	if st, err := os.Stat(third.file.Name()); err != nil || st.Mode().Perm() != 0o600 || !strings.HasSuffix(third.file.Name(), "/alice@localhost.json") {
		t.Errorf("%s: %v (%v)", third.file.Name(), st.Mode(), err)
	}
}

func TestDamagedKeysSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"nonsense", `{"device":"AAAA"}`, `{}`} {
		if err := os.WriteFile(filepath.Join(dir, "alice@localhost.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openKeys(dir, alice); err == nil || !strings.Contains(err.Error(), "remove it to log in with the password") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
