package sasl

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestIdentityMatrix logs in with every mechanism, every form of the user name
// and every form of the authorization identity: what comes out is the account
// whose password was given, or a failure. (CVE-2025-59154 and others were
// logins that came out as somebody else.)
func TestIdentityMatrix(t *testing.T) {
	authcids := []struct {
		name string
		want Condition
	}{
		{"user", ""},
		{"USER", ""},
		{"\uff55ser", ""}, // fullwidth u
		{"nobody", NotAuthorized},
		{"user@example.com", NotAuthorized},
		{"user@example.com/r", NotAuthorized},
		{"user/r", NotAuthorized},
		{"us er", NotAuthorized},
		{"user ", NotAuthorized},
		{"us\u00ader", NotAuthorized},
		{"\u0455er", NotAuthorized}, // Cyrillic
		{"\u2163", NotAuthorized},
		{"user,admin", NotAuthorized},
		{"user=2C", NotAuthorized},
	}
	authzids := []struct {
		name string
		ok   bool // for user@example.com
	}{
		{"", true},
		{"user@example.com", true},
		{"User@EXAMPLE.com.", true},
		{"\uff55ser@example\u3002com", true},
		{"user@example.com/r", false},
		{"user", false},
		{"example.com", false},
		{"admin@example.com", false},
		{"user@example.net", false},
		{"user@sub.example.com", false},
		{"user@example.com@example.com", false},
		{"us\u00ader@example.com", false},
		{"user@example.com ", false},
		{" ", false},
		{"/", false},
		{"@", false},
	}
	for _, mechanism := range everyMechanism {
		for _, cid := range authcids {
			for _, zid := range authzids {
				cfg := plainly(mechanism)
				cfg.AuthzID = zid.name
				c, s := newPair(t, mechanism, cid.name, password, cfg, serverConfig())
				_, err := dialogue(c, s)
				want := cid.want
				if _, jidErr := jid.New(cid.name, "example.com", ""); jidErr == nil && zid.name != "" && (!zid.ok || want != "") {
					want = InvalidAuthzID // before the account is looked at
				}
				if got := condition(t, err); got != want {
					t.Errorf("%s as %+q for %+q: %v, want %q", mechanism, cid.name, zid.name, err, want)
				}
				if err == nil && s.Account() != jid.MustParse("user@example.com") {
					t.Errorf("%s as %+q for %+q logs in %q", mechanism, cid.name, zid.name, s.Account())
				}
			}
		}
	}
}

// TestNamesWithCommas: ',' and '=' in a name go through SCRAM (RFC 5802 §5.1).
func TestNamesWithCommas(t *testing.T) {
	for _, name := range []string{"a,b", "a=b", "=2C", ",=,", "a=2C=3D"} {
		cfg := plainly("SCRAM-SHA-1")
		cfg.AuthzID = name + "@example.com"
		c, s := newPair(t, "SCRAM-SHA-1", name, password, cfg, serverConfig())
		first, _, _ := c.Step(nil)
		if _, state, err := s.Step(first); state != NeedCredentials || s.Username() != strings.ToLower(name) {
			t.Errorf("%q arrives as %q, state %d, %v, by way of %q", name, s.Username(), state, err, first)
		}
	}
}
