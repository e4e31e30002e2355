package sasl

import (
	"fmt"
	"strings"
	"testing"
)

// logInWith logs in with what memory has, and returns the error of either side.
func logInWith(t *testing.T, mechanism, password string, memory *ClientKeys) error {
	t.Helper()
	cfg := clientConfig()
	cfg.Keys = memory
	c, s := newPair(t, mechanism, "user", password, cfg, serverConfig())
	_, err := dialogue(c, s)
	return err
}

// TestKeysAreRemembered: keys that are remembered are used, and only for what
// they were made of. Whether they are used shows by keys that are made wrong.
func TestKeysAreRemembered(t *testing.T) {
	for _, name := range everyMechanism {
		if name == Plain {
			continue
		}
		m, _ := known(name)
		right := deriveAll(t, m.hash)
		memory := new(ClientKeys)
		for range 2 {
			if err := logInWith(t, name, password, memory); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, ok := memory.recall(right.hash, right.password, right.salt, right.iterations); !ok {
				t.Fatalf("%s: the keys are not remembered", name)
			}
		}
		wrong := right
		wrong.client = make([]byte, m.hash.size)
		memory.remember(wrong)
		if got := condition(t, logInWith(t, name, password, memory)); got != NotAuthorized {
			t.Errorf("%s with wrong keys: %q", name, got)
		}
		others := map[string]func(k *scramKeys){
			"password":   func(k *scramKeys) { k.password += "x" },
			"salt":       func(k *scramKeys) { k.salt = append([]byte{1}, k.salt...) },
			"iterations": func(k *scramKeys) { k.iterations++ },
			"hash":       func(k *scramKeys) { k.hash = byIndex[(k.hash.index+1)%hashes] },
		}
		for what, change := range others {
			k := wrong
			change(&k)
			memory.remember(k)
			if err := logInWith(t, name, password, memory); err != nil {
				t.Errorf("%s with keys of another %s: %v", name, what, err)
			}
			if k, ok := memory.recall(right.hash, right.password, right.salt, right.iterations); !ok || string(k.client) != string(right.client) {
				t.Errorf("%s: the keys of another %s are not replaced", name, what)
			}
		}
	}
}

// deriveAll returns what a client derives for the account.
func deriveAll(t *testing.T, h *scramHash) scramKeys {
	t.Helper()
	have := stored.keys[h.index]
	k, err := deriveScramKeys(h, password, have.salt, have.iterations)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestFailedLoginsAreForgotten: a password that is wrong, or a server that does
// not know the account, leaves what is remembered as it is.
func TestFailedLoginsAreForgotten(t *testing.T) {
	const name = "SCRAM-SHA-256-PLUS"
	memory := new(ClientKeys)
	if err := logInWith(t, name, password, memory); err != nil {
		t.Fatal(err)
	}
	if got := condition(t, logInWith(t, name, password+"x", memory)); got != NotAuthorized {
		t.Errorf("with a wrong password: %q", got)
	}
	cfg := clientConfig()
	cfg.Keys = memory
	c, _ := newPair(t, name, "user", password, cfg, serverConfig())
	first, _, _ := c.Step(nil)
	_, nonce, _ := strings.Cut(string(first), ",r=")
	if _, state, err := c.Step([]byte("r=" + nonce + "x,s=" + encode64([]byte("another salt")) + ",i=4096")); state != Continue {
		t.Fatalf("state %d, %v", state, err)
	}
	if got := condition(t, c.Success([]byte("v="+encode64(make([]byte, 32))))); got != Aborted {
		t.Errorf("a server that does not know the account: %q", got)
	}
	k := deriveAll(t, hashSHA256)
	if _, ok := memory.recall(k.hash, k.password, k.salt, k.iterations); !ok {
		t.Error("the keys are gone")
	}
}

func TestClientKeysArePrivate(t *testing.T) {
	memory := new(ClientKeys)
	memory.remember(deriveAll(t, hashSHA1))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, memory); got != "sasl.ClientKeys" {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func BenchmarkClientSCRAM(b *testing.B) {
	for _, c := range []struct {
		name   string
		memory *ClientKeys
	}{{"computed", nil}, {"remembered", new(ClientKeys)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				cfg := clientConfig()
				cfg.Keys = c.memory
				client, err := NewClient("SCRAM-SHA-512-PLUS", "user", password, cfg)
				if err != nil {
					b.Fatal(err)
				}
				server, err := NewServer("SCRAM-SHA-512-PLUS", serverConfig())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := dialogue(client, server); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
