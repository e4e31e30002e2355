package sasl

import (
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestVectors runs the exchanges of the RFCs to the letter, both sides, with
// their nonces and salts. That of SHA-512 has no RFC; it was computed with
// Python's hashlib.
func TestVectors(t *testing.T) {
	for _, v := range []struct {
		mechanism, clientNonce, serverNonce, salt      string
		clientFirst, serverFirst, clientFinal, success string
	}{
		{ // RFC 5802 §5
			"SCRAM-SHA-1", "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
			"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
			"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
			"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		},
		{ // RFC 7677 §3
			"SCRAM-SHA-256", "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
			"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		},
		{
			"SCRAM-SHA-512", "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
			"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
			"v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==",
		},
	} {
		c, s := newPair(t, v.mechanism, "user", password, plainly(v.mechanism), serverConfig())
		c.exchange.(*scramClient).nonce = v.clientNonce
		s.exchange.(*scramServer).nonce = v.serverNonce
		s.exchange.(*scramServer).offer = "" // the RFCs know nothing of it
		h := c.exchange.(*scramClient).hash
		salt, _ := decode64(v.salt)

		first, state, err := c.Step(nil)
		if string(first) != v.clientFirst || state != Continue || err != nil {
			t.Errorf("%s client-first: %q, state %d, %v", v.mechanism, first, state, err)
		}
		_, state, err = s.Step(first)
		if s.Account() != jid.MustParse("user@example.com") || state != NeedCredentials || err != nil {
			t.Errorf("%s: account %q, state %d, %v", v.mechanism, s.Account(), state, err)
		}
		var credentials Credentials
		credentials.keys[h.index], _ = deriveKeys(h, password, salt, 4096)
		s.SetCredentials(credentials, true)
		challenge, state, err := s.Step(nil)
		if string(challenge) != v.serverFirst || state != Continue || err != nil {
			t.Errorf("%s server-first: %q, state %d, %v", v.mechanism, challenge, state, err)
		}
		final, state, err := c.Step(challenge)
		if string(final) != v.clientFinal || state != Continue || err != nil {
			t.Errorf("%s client-final: %q, state %d, %v", v.mechanism, final, state, err)
		}
		success, state, err := s.Step(final)
		if string(success) != v.success || state != Done || err != nil {
			t.Errorf("%s server-final: %q, state %d, %v", v.mechanism, success, state, err)
		}
		if err := c.Success(success); err != nil {
			t.Errorf("%s: %v", v.mechanism, err)
		}
	}
}

// TestPlainVectors: the examples of RFC 4616 §4, with names this host has.
func TestPlainVectors(t *testing.T) {
	for message, want := range map[string]Condition{
		"\x00user\x00pencil":                 "",
		"user@example.com\x00user\x00pencil": "",
		"Ursel\x00Kurt\x00xipj3plmq":         InvalidAuthzID,
	} {
		s, err := NewServer("PLAIN", serverConfig())
		if err != nil {
			t.Fatal(err)
		}
		challenge, state, err := step(s, []byte(message))
		if got := condition(t, err); got != want || challenge != nil || (state == Done) != (want == "") {
			t.Errorf("%q: %q, state %d, %v, want %q", message, challenge, state, err, want)
		}
	}
}
