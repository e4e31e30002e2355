package sasl

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// The account of RFC 5802 §5, as another server may give it away; its password is "pencil".
const imported = "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE="

func importedKeys(t *testing.T) Credentials {
	t.Helper()
	c, err := ParseKeys(imported)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseKeys(t *testing.T) {
	c := importedKeys(t)
	if !c.Verify(password) || c.Verify("Pencil") {
		t.Error("the password is not pencil")
	}
	const sha256 = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
	both, err := ParseKeys(imported, sha256) // RFC 7677 §3
	if err != nil || both.Hashes() != 1|2 || !verify(hashSHA256, both.keys[1], password) {
		t.Errorf("two hashes: %v, %v", both.Hashes(), err)
	}
	edit := func(old, new string) string { return strings.Replace(imported, old, new, 1) }
	for what, text := range map[string]string{
		"nothing":           "",
		"another scheme":    edit("SCRAM-SHA-1", "MD5"),
		"channel binding":   edit("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"),
		"no such hash":      edit("SHA-1", "SHA-3"),
		"another hash":      edit("SHA-1", "SHA-256"),
		"lower case":        edit("SHA-1", "sha-1"),
		"no count":          edit("4096", ""),
		"a count below 0":   edit("4096", "-4096"),
		"too few":           edit("4096", "4095"),
		"too many":          edit("4096", "5000001"),
		"far too many":      edit("4096", "40960000000000"),
		"no salt":           edit("QSXCR+Q6sek8bf92", ""),
		"a salt too long":   edit("QSXCR+Q6sek8bf92", encode64(make([]byte, maxSalt+1))),
		"no base64":         edit("QSXCR", "Q?XCR"),
		"a short key":       edit("6dlGYMOdZcOPutkcNY8U2g7vK9Y=", "6dlG"),
		"no server key":     edit(":D+CSWLOshSulAsxiupA+qs2/fTE=", ""),
		"something behind":  imported + "$x",
		"white space":       " " + imported,
		"a line feed in it": edit("QSXC", "QSXC\n"),
	} {
		c, err := ParseKeys(text)
		if err == nil || c.Hashes() != 0 {
			t.Errorf("%s: %v", what, c.Hashes())
		} else if strings.Contains(err.Error(), "6dlGY") || strings.Contains(err.Error(), "QSXC") {
			t.Errorf("%s: the error tells a secret: %v", what, err)
		}
	}
	if _, err := ParseKeys(edit("QSXCR+Q6sek8bf92", encode64(make([]byte, maxSalt)))); err != nil {
		t.Error("the longest salt:", err)
	}
	if _, err := ParseKeys(imported, imported); err == nil {
		t.Error("one hash twice")
	}
}

// TestOfferOfAnAccount: what the account has no keys for is not offered, and a task is instead (XEP-0388 §2.1, XEP-0480 §2.1).
func TestOfferOfAnAccount(t *testing.T) {
	sha1 := importedKeys(t).Hashes()
	for _, c := range []struct {
		what              string
		hashes            Hashes
		allowed           []string
		mechanisms, tasks string
	}{
		{"nobody knows", 0, nil, strings.Join(everyMechanism, " "), ""},
		{"all keys", stored.Hashes(), nil, strings.Join(everyMechanism, " "), ""},
		{"imported", sha1, nil, "SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN", "UPGR-SCRAM-SHA-512 UPGR-SCRAM-SHA-256"},
		{"a policy", sha1, []string{"SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"}, "SCRAM-SHA-1", "UPGR-SCRAM-SHA-256"},
		{"a policy that wants no more", sha1, []string{"SCRAM-SHA-1", Plain}, "SCRAM-SHA-1 PLAIN", ""},
		{"SHA-256 only", 2, nil, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", "UPGR-SCRAM-SHA-512 UPGR-SCRAM-SHA-1"},
	} {
		cfg := serverConfig()
		cfg.Hashes, cfg.Allowed = c.hashes, c.allowed
		if got := strings.Join(Mechanisms(cfg), " "); got != c.mechanisms {
			t.Errorf("%s: the mechanisms are %s", c.what, got)
		}
		if got := strings.Join(UpgradeTasks(cfg), " "); got != c.tasks {
			t.Errorf("%s: the tasks are %s", c.what, got)
		}
		for _, m := range everyMechanism {
			if _, err := NewServer(m, cfg); (err == nil) != slices.Contains(strings.Fields(c.mechanisms), m) {
				t.Errorf("%s: %s: %v", c.what, m, err)
			}
		}
	}
}

// upgrade runs a task of an account that was imported.
func upgrade(t *testing.T, c Credentials, task, password string) *Upgrade {
	t.Helper()
	cfg := serverConfig()
	cfg.Hashes = c.Hashes()
	u, err := NewUpgrade(task, cfg)
	if err != nil {
		t.Fatal(err)
	}
	salt, iterations := u.Salt()
	salted, err := SaltedPassword(task, password, salt, iterations)
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Finish(salted); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestUpgrade: who has had keys for one hash logs in with another (XEP-0480 §3), and with the old one still (§4).
func TestUpgrade(t *testing.T) {
	c := importedKeys(t)
	up := c.Upgraded([]*Upgrade{upgrade(t, c, "UPGR-SCRAM-SHA-512", password), upgrade(t, c, "UPGR-SCRAM-SHA-256", password)})
	for i, h := range byIndex {
		if !verify(h, up.keys[i], password) || verify(h, up.keys[i], "Pencil") {
			t.Errorf("the keys for %s are not the password's", h.name)
		}
	}
	if up.keys[0].equal(c.keys[0]) != true || up.Hashes() != 7 || c.Hashes() != 1 {
		t.Error("what was there has changed")
	}
	again := up.Upgraded([]*Upgrade{upgrade(t, c, "UPGR-SCRAM-SHA-512", "another")})
	if !equal(again, up) {
		t.Error("keys were replaced")
	}
}

// TestUpgradeThatFails: nothing comes of it.
func TestUpgradeThatFails(t *testing.T) {
	c := importedKeys(t)
	cfg := serverConfig()
	cfg.Hashes = c.Hashes()
	for _, task := range []string{"", "UPGR-SCRAM-SHA-1", "UPGR-SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "UPGR-SCRAM-SHA-3", "upgr-scram-sha-256"} {
		if _, err := NewUpgrade(task, cfg); condition(t, err) != InvalidMechanism {
			t.Errorf("%q: %v", task, err)
		}
	}
	cfg.Rand = bytes.NewReader(make([]byte, saltSize-1))
	if _, err := NewUpgrade("UPGR-SCRAM-SHA-256", cfg); condition(t, err) != TemporaryAuthFailure {
		t.Error(err)
	}
	cfg.Rand = nil
	u, err := NewUpgrade("UPGR-SCRAM-SHA-256", cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 20, 31, 33, 64} {
		if err := u.Finish(make([]byte, n)); condition(t, err) != MalformedRequest {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if up := c.Upgraded([]*Upgrade{u}); !equal(up, c) {
		t.Error("keys of a task that was not finished")
	}
}

func TestSaltedPassword(t *testing.T) {
	salt := []byte("salt")
	for _, c := range []struct {
		task, password string
		salt           []byte
		iterations     int
		want           Condition
	}{
		{"UPGR-SCRAM-SHA-256", "x", salt, MinIterations, ""},
		{"UPGR-SCRAM-SHA-3", "x", salt, MinIterations, InvalidMechanism},
		{"UPGR-SCRAM-SHA-256", "x", nil, MinIterations, Aborted},
		{"UPGR-SCRAM-SHA-256", "x", salt, MinIterations - 1, Aborted},
		{"UPGR-SCRAM-SHA-256", "x", salt, MaxIterations + 1, Aborted},
	} {
		got, err := SaltedPassword(c.task, c.password, c.salt, c.iterations)
		if c.want == "" && (err != nil || len(got) != 32) || c.want != "" && condition(t, err) != c.want {
			t.Errorf("%v: %d bytes, %v", c, len(got), err)
		}
	}
	if _, err := SaltedPassword("UPGR-SCRAM-SHA-256", "\x00", salt, MinIterations); !errors.Is(err, ErrPassword) {
		t.Error(err)
	}
}

// TestKeeps: more keys are no other password; fewer, and others, are.
func TestKeeps(t *testing.T) {
	binary := func(c Credentials) []byte { b, _ := c.MarshalBinary(); return b }
	sha1 := importedKeys(t)
	more := sha1.Upgraded([]*Upgrade{upgrade(t, sha1, "UPGR-SCRAM-SHA-512", password)})
	other := stored
	for _, c := range []struct {
		what        string
		now, before []byte
		want        bool
	}{
		{"the same", binary(sha1), binary(sha1), true},
		{"more", binary(more), binary(sha1), true},
		{"fewer", binary(sha1), binary(more), false},
		{"others", binary(other), binary(sha1), false},
		{"the same that nobody can read", []byte("?"), []byte("?"), true},
		{"from what nobody can read", binary(sha1), []byte("?"), false},
		{"to what nobody can read", []byte("?"), binary(sha1), false},
		{"from nothing", binary(sha1), binary(Credentials{}), false},
		{"from no account", binary(sha1), nil, false},
	} {
		if got := Keeps(c.now, c.before); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
	for i := range more.keys[0].stored { // any bit of a key
		k := more
		k.keys[0].stored = bytes.Clone(k.keys[0].stored)
		k.keys[0].stored[i] ^= 1
		if Keeps(binary(k), binary(sha1)) {
			t.Errorf("byte %d of StoredKey has changed", i)
		}
	}
}
