package sasl

import (
	"slices"
	"testing"
)

// TestOfferHash is the example of XEP-0474 §6.3, in any order.
func TestOfferHash(t *testing.T) {
	const want = "G6k/rBLDqgOhRRaCuuatSDFkJ08="
	for _, mechanisms := range [][]string{{"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"}, {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"}} {
		if got := hashSHA1.offerHash(mechanisms, []string{"tls-server-end-point", "tls-exporter"}); got != want {
			t.Errorf("%v: %s, want %s", mechanisms, got, want)
		}
	}
	if hashSHA1.offerHash([]string{"A"}, nil) != encode64(hashSHA1.sum([]byte("A"))) {
		t.Error("without channel bindings there is no delimiter")
	}
}

// TestChangedOffer: a client that has seen another offer than the server has made goes no further, and its proof never leaves.
func TestChangedOffer(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(cfg *ClientConfig)
		ok     bool
	}{
		{"nothing", func(*ClientConfig) {}, true},
		{"another order", func(cfg *ClientConfig) { slices.Reverse(cfg.Offered); slices.Reverse(cfg.OfferedBindings) }, true},
		{"a mechanism is missing", func(cfg *ClientConfig) { cfg.Offered = cfg.Offered[1:] }, false},
		{"a mechanism was added", func(cfg *ClientConfig) { cfg.Offered = append(cfg.Offered, "X") }, false},
		{"a binding is missing", func(cfg *ClientConfig) { cfg.OfferedBindings = cfg.OfferedBindings[:1] }, false},
	} {
		cfg := clientConfig()
		c.change(&cfg)
		x, s := newPair(t, "SCRAM-SHA-256-PLUS", "user", password, cfg, serverConfig())
		first, _, _ := x.Step(nil)
		if _, _, err := s.Step(first); err != nil {
			t.Fatal(err)
		}
		s.SetCredentials(stored, true)
		challenge, _, err := s.Step(nil)
		if err != nil {
			t.Fatal(err)
		}
		final, _, err := x.Step(challenge)
		if c.ok && err != nil || !c.ok && (condition(t, err) != Aborted || final != nil) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// TestPolicyWithoutBinding: a host that allows no mechanism with channel binding announces none, or clients that can bind would have to go away (XEP-0440 §3).
func TestPolicyWithoutBinding(t *testing.T) {
	cfg := serverConfig()
	cfg.Allowed = []string{"SCRAM-SHA-256", "HT-SHA-256-EXPR"}
	for _, sasl2 := range []bool{false, true} {
		client := ClientConfig{Offered: Mechanisms(cfg), OfferedBindings: AnnouncedBindings(cfg), ChannelBindings: bindings, TLS: true, SASL2: sasl2}
		name, err := Choose(client)
		if err != nil || name != "SCRAM-SHA-256" {
			t.Fatalf("%s, %v", name, err)
		}
		x, s := newPair(t, name, "user", password, client, cfg)
		if _, err := dialogue(x, s); err != nil {
			t.Error(err)
		}
	}
	if got := AnnouncedBindings(serverConfig()); len(got) != len(bindings) {
		t.Errorf("with all mechanisms %v are announced", got)
	}
}

// TestNoOfferHash: a server that does not say what it has offered is believed.
func TestNoOfferHash(t *testing.T) {
	x := &scramClient{offer: "mine"}
	if err := x.checkOffer(""); err != nil {
		t.Error(err)
	}
}
