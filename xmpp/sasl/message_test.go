package sasl

import (
	"strings"
	"testing"
)

// TestClientFirst reads client-first messages (RFC 5802 §7).
func TestClientFirst(t *testing.T) {
	for _, tt := range []struct {
		message string
		want    Condition
	}{
		{"n,,n=user,r=abc", ""},
		{"y,,n=user,r=abc", ""},
		{"p=tls-exporter,,n=user,r=abc", ""},
		{"p=a.B-9,,n=user,r=abc", ""},
		{"n,a=x=2Cy=3Dz,n=user,r=abc", ""},
		{"n,,n=\u00fcser,r=!~", ""},
		{"n,,n=user,r=abc,x=y,X==", ""},      // extensions are ignored
		{"n,,n=user,r=abc,x=\u00e9\x01", ""}, // whatever text they hold

		{"", MalformedRequest},
		{",,", MalformedRequest},
		{"n", MalformedRequest},
		{"n,", MalformedRequest},
		{"n,,", MalformedRequest},
		{"N,,n=user,r=abc", MalformedRequest},
		{"F,n,,n=user,r=abc", MalformedRequest}, // RFC 5801 §4: a non-standard mechanism
		{"x,,n=user,r=abc", MalformedRequest},
		{"nn,,n=user,r=abc", MalformedRequest},
		{"n=,,n=user,r=abc", MalformedRequest},
		{"p,,n=user,r=abc", MalformedRequest},
		{"p=,,n=user,r=abc", MalformedRequest},
		{"p=a_b,,n=user,r=abc", MalformedRequest},
		{"p=\u00e9,,n=user,r=abc", MalformedRequest},
		{"n,a=,n=user,r=abc", MalformedRequest},
		{"n,b=x,n=user,r=abc", MalformedRequest},
		{"n,a=x=2c,n=user,r=abc", MalformedRequest},
		{"n,n=user,r=abc", MalformedRequest},
		{"n,,,n=user,r=abc", MalformedRequest},
		{"n,,n=,r=abc", MalformedRequest},
		{"n,,N=user,r=abc", MalformedRequest},
		{"n,,user,r=abc", MalformedRequest},
		{"n,,n=user", MalformedRequest},
		{"n,,n=user,", MalformedRequest},
		{"n,,n=user,r=", MalformedRequest},
		{"n,,n=user,r=a b", MalformedRequest},
		{"n,,n=user,r=a\x7f", MalformedRequest},
		{"n,,n=user,r=\u00e9", MalformedRequest},
		{"n,,r=abc,n=user", MalformedRequest},
		{"n,,n=user,r=abc,", MalformedRequest},
		{"n,,n=user,r=abc,,x=y", MalformedRequest},
		{"n,,n=user,r=abc,x", MalformedRequest},
		{"n,,n=user,r=abc,x=", MalformedRequest},
		{"n,,n=user,r=abc,1=x", MalformedRequest},
		{"n,,n=user,r=abc,r=abc", MalformedRequest},
		{"n,,n=user,r=abc,n=admin", MalformedRequest},
		{"n,,m=x,n=user,r=abc", MalformedRequest}, // reserved-mext
		{"n,,n=user,r=abc,m=x", MalformedRequest},
		{"n,,n=us=er,r=abc", MalformedRequest},
		{"n,,n=user=,r=abc", MalformedRequest},
		{"n,,n=user=2,r=abc", MalformedRequest},
		{"n,,n=user=2c,r=abc", MalformedRequest}, // §5.1 names 2C and 3D only
		{"n,,n=user=41,r=abc", MalformedRequest},
		{"n,,n=us\x00er,r=abc", MalformedRequest},
		{"n,,n=us\xffer,r=abc", MalformedRequest},
		{"n,,n=us\xed\xa0\x80er,r=abc", MalformedRequest},
		{"n,,n=user,r=abc,x=\xc3", MalformedRequest},
	} {
		name := "SCRAM-SHA-256"
		cfg := serverConfig()
		if strings.HasPrefix(tt.message, "y") {
			cfg.ChannelBindings = nil
		}
		if strings.HasPrefix(tt.message, "p=") {
			name += "-PLUS"
			cfg.ChannelBindings = append(cfg.ChannelBindings[:2:2], ChannelBinding{Type: "a.B-9"})
		}
		s, err := NewServer(name, cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, state, err := s.Step([]byte(tt.message))
		got := condition(t, err)
		if strings.Contains(tt.message, "a=x") && got == InvalidAuthzID {
			got, state = "", NeedCredentials // read, and then not the account's
		}
		if got != tt.want || (state == NeedCredentials) != (tt.want == "") {
			t.Errorf("%+q: state %d, %v, want %q", tt.message, state, err, tt.want)
		}
	}
}

// TestClientFinal changes a right client-final message.
func TestClientFinal(t *testing.T) {
	right := transcript(t, "SCRAM-SHA-1")
	first, final := right[0], string(right[1])
	withoutProof, proof, _ := strings.Cut(final, ",p=")
	nonce := strings.TrimPrefix(withoutProof, "c=biws,r=")
	for _, tt := range []struct {
		message string
		want    Condition
	}{
		{final, ""},
		{"c=eSws,r=" + nonce + ",p=" + proof, NotAuthorized}, // y,,
		{"c=biwsYQ==,r=" + nonce + ",p=" + proof, NotAuthorized},
		{"c=biws,r=" + nonce + "x,p=" + proof, NotAuthorized},
		{"c=biws,r=" + nonce[1:] + ",p=" + proof, NotAuthorized},
		{"c=biws,r=" + nonce + ",x=y,p=" + proof, NotAuthorized}, // not what was proved
		{"c=biws,r=" + nonce + ",p=" + encode64(make([]byte, 20)), NotAuthorized},
		{"c=biws,r=" + nonce + ",p=" + encode64(make([]byte, 19)), NotAuthorized},
		{"c=biws,r=" + nonce + ",p=" + encode64(make([]byte, 21)), NotAuthorized},
		{"c=biws,r=" + nonce + ",p=", MalformedRequest},
		{"c=biws,r=" + nonce, MalformedRequest},
		{"c=biws,p=" + proof, MalformedRequest},
		{"r=" + nonce + ",c=biws,p=" + proof, MalformedRequest},
		{"c=biws,r=" + nonce + ",p=" + proof + ",x=y", MalformedRequest},
		{"c=biws,r=" + nonce + ",m=x,p=" + proof, MalformedRequest},
		{"c=biws,r=" + nonce + ",p=" + proof + ",p=" + proof, MalformedRequest},
		{"c=biws,r=" + nonce + ",p=" + strings.TrimRight(proof, "="), MalformedRequest},
		{"c=biws,r=" + nonce + ",p=\n" + proof, MalformedRequest},
		{"c=biws,r=" + nonce + ",p=" + proof + "\r\n", MalformedRequest},
		{"c=biws,r=" + nonce + ",p= " + proof, MalformedRequest},
		{final + "\x00", MalformedRequest},
		{"", MalformedRequest},
		{",,", MalformedRequest},
	} {
		s, err := NewServer("SCRAM-SHA-1", serverConfig())
		if err != nil {
			t.Fatal(err)
		}
		_, _, _ = quickly(s, first)
		challenge, state, err := s.Step([]byte(tt.message))
		if got := condition(t, err); got != tt.want || (state == Done) != (tt.want == "") || (challenge == nil) != (tt.want != "") {
			t.Errorf("%+q: %q, state %d, %v, want %q", tt.message, challenge, state, err, tt.want)
		}
	}
}

// TestProvenFinal sends client-final messages that somebody who knows the
// password made: the proof is right for them, whatever they say.
func TestProvenFinal(t *testing.T) {
	for _, tt := range []struct {
		binding, added string // to the nonce and what follows it
		want           Condition
	}{
		{"biws", "", ""},
		{"biws", ",x=y,Z==", ""},        // extensions are ignored
		{"biws", "x", NotAuthorized},    // another nonce
		{"eSws", "", NotAuthorized},     // another GS2 header: y,,
		{"biwsYQ==", "", NotAuthorized}, // channel binding data without p=
		{"biws\n", "", NotAuthorized},   // base64 with white space
	} {
		c, s := newPair(t, "SCRAM-SHA-1", "user", password, plainly("SCRAM-SHA-1"), serverConfig())
		x := c.exchange.(*scramClient)
		first, _, _ := c.Step(nil)
		challenge, _, _ := quickly(s, first)
		m, _ := parseServerFirst(string(challenge))
		k, _ := deriveScramKeys(x.hash, password, m.salt, m.iterations)
		withoutProof := "c=" + tt.binding + ",r=" + m.nonce + tt.added
		proof := k.proof(x.bare + "," + string(challenge) + "," + withoutProof)
		_, state, err := s.Step([]byte(withoutProof + ",p=" + encode64(proof)))
		if got := condition(t, err); got != tt.want || (state == Done) != (tt.want == "") {
			t.Errorf("%q: state %d, %v, want %q", withoutProof, state, err, tt.want)
		}
	}
}

func TestPlainGrammar(t *testing.T) {
	for _, tt := range []struct {
		message string
		want    Condition
	}{
		{"\x00user\x00pencil", ""},
		{"user@example.com\x00user\x00pencil", ""},
		{"\x00User\x00pencil", ""},
		{"\x00user\x00pencil\x00", MalformedRequest},
		{"\x00\x00user\x00pencil", MalformedRequest},
		{"\x00user\x00\x00pencil", MalformedRequest},
		{"\x00user\x00pen\x00cil", MalformedRequest},
		{"\x00user\x00", MalformedRequest},
		{"\x00\x00pencil", MalformedRequest},
		{"\x00\x00", MalformedRequest},
		{"\x00user", MalformedRequest},
		{"user", MalformedRequest},
		{"", MalformedRequest},
		{"\x00us\xffer\x00pencil", MalformedRequest},
		{"\x00user\x00pencil\xff", MalformedRequest},
		{"\xff\x00user\x00pencil", MalformedRequest},
		{"\x00user\x00pencil\n", NotAuthorized},
		{"\x00user\x00\x07", NotAuthorized},
		{"\x00user\x00PENCIL", NotAuthorized},
		{"\x00 user\x00pencil", NotAuthorized},
	} {
		s, err := NewServer("PLAIN", serverConfig())
		if err != nil {
			t.Fatal(err)
		}
		challenge, state, err := quickly(s, []byte(tt.message))
		if got := condition(t, err); got != tt.want || (state == Done) != (tt.want == "") || challenge != nil {
			t.Errorf("%+q: %q, state %d, %v, want %q", tt.message, challenge, state, err, tt.want)
		}
	}
}

func TestServerFirst(t *testing.T) {
	for message, want := range map[string]bool{
		"r=abc,s=YQ==,i=4096":         true,
		"r=abc,s=YQ==,i=4096,x=y":     true,
		"r=abc,s=YQ==,i=2147483647":   true,
		"r=abc,s=YQ==,i=2147483648":   false,
		"r=abc,s=YQ==,i=0":            false,
		"r=abc,s=YQ==,i=04096":        false,
		"r=abc,s=YQ==,i=+4096":        false,
		"r=abc,s=YQ==,i=-1":           false,
		"r=abc,s=YQ==,i=4_096":        false,
		"r=abc,s=YQ==,i=":             false,
		"r=abc,s=YQ==":                false,
		"r=abc,s=YQ=,i=4096":          false,
		"r=abc,s=YR==,i=4096":         false, // not canonical
		"r=abc,s=Y Q==,i=4096":        false,
		"r=a c,s=YQ==,i=4096":         false,
		"s=YQ==,r=abc,i=4096":         false,
		"m=x,r=abc,s=YQ==,i=4096":     false,
		"r=abc,s=YQ==,i=4096,m=x":     false,
		"r=abc,s=YQ==,i=4096,i=99999": false,
		"r=abc,s=YQ==,i=4096,":        false,
	} {
		if m, ok := parseServerFirst(message); ok != want {
			t.Errorf("%q: %v, %v, want %v", message, m, ok, want)
		}
	}
}
