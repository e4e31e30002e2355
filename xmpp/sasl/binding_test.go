package sasl

import (
	"slices"
	"testing"
)

// TestFlags sends every channel binding flag with every kind of mechanism to
// servers with and without channel binding (RFC 5801 §5, RFC 5802 §6).
func TestFlags(t *testing.T) {
	bound, unbound := serverConfig(), serverConfig()
	unbound.ChannelBindings = nil
	noPlus := serverConfig()
	noPlus.Allowed = []string{"SCRAM-SHA-1"}
	for _, tt := range []struct {
		name, mechanism, header string
		cfg                     ServerConfig
		want                    Condition
	}{
		{"n", "SCRAM-SHA-1", "n,,", bound, ""},
		{"n, nothing offered", "SCRAM-SHA-1", "n,,", unbound, ""},
		{"y, nothing offered", "SCRAM-SHA-1", "y,,", unbound, ""},
		{"y, policy offers none", "SCRAM-SHA-1", "y,,", noPlus, ""},
		{"y, the offer was removed", "SCRAM-SHA-1", "y,,", bound, NotAuthorized},
		{"p", "SCRAM-SHA-1-PLUS", "p=tls-exporter,,", bound, ""},
		{"p, the other type", "SCRAM-SHA-1-PLUS", "p=tls-server-end-point,,", bound, ""},
		{"p, unknown type", "SCRAM-SHA-1-PLUS", "p=tls-unique,,", bound, NotAuthorized},
		{"p, wrong case", "SCRAM-SHA-1-PLUS", "p=TLS-exporter,,", bound, NotAuthorized},
		{"p without PLUS", "SCRAM-SHA-1", "p=tls-exporter,,", bound, MalformedRequest},
		{"n with PLUS", "SCRAM-SHA-1-PLUS", "n,,", bound, MalformedRequest},
		{"y with PLUS", "SCRAM-SHA-1-PLUS", "y,,", bound, MalformedRequest},
	} {
		s, err := NewServer(tt.mechanism, tt.cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, state, err := s.Step([]byte(tt.header + "n=user,r=abc"))
		if got := condition(t, err); got != tt.want || (state == NeedCredentials) != (tt.want == "") {
			t.Errorf("%s: state %d, %v, want %q", tt.name, state, err, tt.want)
		}
	}
}

// TestBindingData: an exchange in which the two ends see different connections
// fails, and so does one in which a relay rewrites the type or the flag.
func TestBindingData(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*ClientConfig)
		want Condition
	}{
		{"the same", func(c *ClientConfig) {}, ""},
		{"end point only", func(c *ClientConfig) { c.ChannelBindings = bindings[1:] }, ""},
		{"a binding taken out of the offer", func(c *ClientConfig) { c.OfferedBindings = []string{TLSServerEndPoint} }, Aborted},
		{"other data", func(c *ClientConfig) { c.ChannelBindings = []ChannelBinding{{TLSExporter, []byte("exporteD")}} }, NotAuthorized},
		{"no data", func(c *ClientConfig) { c.ChannelBindings = []ChannelBinding{{TLSExporter, nil}} }, NotAuthorized},
		{"longer data", func(c *ClientConfig) { c.ChannelBindings = []ChannelBinding{{TLSExporter, []byte("exported ")}} }, NotAuthorized},
		{"data of the other type", func(c *ClientConfig) { c.ChannelBindings = []ChannelBinding{{TLSExporter, bindings[1].Data}} }, NotAuthorized},
		{"a type of its own", func(c *ClientConfig) {
			c.ChannelBindings = []ChannelBinding{{"x-link", []byte("exported")}}
			c.OfferedBindings = []string{"x-link", TLSServerEndPoint}
		}, NotAuthorized},
	} {
		for _, mechanism := range everyMechanism[:3] {
			cfg := clientConfig()
			tt.edit(&cfg)
			c, s := newPair(t, mechanism, "user", password, cfg, serverConfig())
			_, err := dialogue(c, s)
			if got := condition(t, err); got != tt.want {
				t.Errorf("%s, %s: %v, want %q", tt.name, mechanism, err, tt.want)
			}
		}
	}
}

// TestOwnBindingType: the link names its channel itself.
func TestOwnBindingType(t *testing.T) {
	link := []ChannelBinding{{"godwit-link", []byte{0, 1, 2, 0xff}}}
	cc, sc := clientConfig(), serverConfig()
	cc.ChannelBindings, sc.ChannelBindings = link, link
	cc.OfferedBindings = []string{"godwit-link"}
	c, s := newPair(t, "SCRAM-SHA-256-PLUS", "user", password, cc, sc)
	if _, err := dialogue(c, s); err != nil {
		t.Error(err)
	}
}

// TestDowngrade puts a man in the middle who edits what the server offers. He
// never gets a client that can bind to log in without binding.
func TestDowngrade(t *testing.T) {
	honest := clientConfig()
	for _, tt := range []struct {
		name string
		edit func(*ClientConfig)
	}{
		{"strips -PLUS", func(c *ClientConfig) { c.Offered = everyMechanism[3:]; c.OfferedBindings = nil }},
		{"strips -PLUS, keeps the types", func(c *ClientConfig) { c.Offered = everyMechanism[3:] }},
		{"offers types nobody has", func(c *ClientConfig) { c.OfferedBindings = []string{"x"} }},
		{"strips the types of SASL2", func(c *ClientConfig) { c.OfferedBindings, c.SASL2 = nil, true }},
		{"strips all but the weakest", func(c *ClientConfig) { c.Offered = []string{"SCRAM-SHA-1"}; c.OfferedBindings = nil }},
	} {
		cfg := honest
		tt.edit(&cfg)
		name, err := Choose(cfg)
		if err != nil {
			continue // the client has noticed
		}
		if name == Plain {
			t.Errorf("%s: the client sends its password", tt.name)
		}
		c, s := newPair(t, name, "user", password, cfg, serverConfig())
		if _, err := dialogue(c, s); condition(t, err) == "" {
			t.Errorf("%s: %s succeeds", tt.name, name)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*ClientConfig)
		want string
		err  Condition
	}{
		{"everything", func(c *ClientConfig) {}, "SCRAM-SHA-512-PLUS", ""},
		{"order does not matter", func(c *ClientConfig) { c.Offered = slices.Clone(c.Offered); slices.Reverse(c.Offered) }, "SCRAM-SHA-512-PLUS", ""},
		{"binding before hash", func(c *ClientConfig) { c.Offered = []string{"SCRAM-SHA-512", "SCRAM-SHA-1-PLUS"} }, "SCRAM-SHA-1-PLUS", ""},
		{"no PLUS of its hash", func(c *ClientConfig) { c.Offered = []string{"SCRAM-SHA3-512-PLUS", "SCRAM-SHA-1"} }, "SCRAM-SHA-1", ""},
		{"PLAIN", func(c *ClientConfig) { c.Offered, c.OfferedBindings = []string{"PLAIN"}, nil }, "PLAIN", ""},
		{"PLAIN without TLS", func(c *ClientConfig) { c.Offered, c.OfferedBindings, c.TLS = []string{"PLAIN"}, nil, false }, "", InvalidMechanism},
		{"unknown ones", func(c *ClientConfig) { c.Offered, c.OfferedBindings = []string{"GSSAPI"}, nil }, "", InvalidMechanism},
		{"nothing", func(c *ClientConfig) { c.Offered, c.OfferedBindings = nil, nil }, "", InvalidMechanism},
		// XEP-0440 §3, rules 2 to 7.
		{"rule 2", func(c *ClientConfig) { c.ChannelBindings = nil }, "SCRAM-SHA-512", ""},
		{"rule 3", func(c *ClientConfig) { c.Offered, c.OfferedBindings = everyMechanism[3:], nil }, "SCRAM-SHA-512", ""},
		{"rule 4", func(c *ClientConfig) { c.OfferedBindings, c.SASL2 = nil, true }, "", Aborted},
		{"rule 4, RFC 6120", func(c *ClientConfig) { c.OfferedBindings = nil }, "SCRAM-SHA-512-PLUS", ""},
		{"rule 5", func(c *ClientConfig) { c.Offered = everyMechanism[3:] }, "", Aborted},
		{"rule 6", func(c *ClientConfig) { c.OfferedBindings = []string{"tls-unique"} }, "", Aborted},
		{"rule 6, end point there", func(c *ClientConfig) {
			c.ChannelBindings = bindings[:1]
			c.OfferedBindings = []string{TLSServerEndPoint}
		}, "SCRAM-SHA-512", ""},
	} {
		cfg := clientConfig()
		tt.edit(&cfg)
		got, err := Choose(cfg)
		if got != tt.want || condition(t, err) != tt.err {
			t.Errorf("%s: %q, %v, want %q, %q", tt.name, got, err, tt.want, tt.err)
		}
	}
}

// TestHeader: the GS2 header says what the client saw.
func TestHeader(t *testing.T) {
	for _, tt := range []struct {
		name, mechanism string
		edit            func(*ClientConfig)
		want            string
	}{
		{"the strongest binding", "SCRAM-SHA-1-PLUS", func(c *ClientConfig) {}, "p=tls-exporter,,"},
		{"the one offered", "SCRAM-SHA-1-PLUS", func(c *ClientConfig) { c.OfferedBindings = []string{TLSServerEndPoint} }, "p=tls-server-end-point,,"},
		{"types not said", "SCRAM-SHA-1-PLUS", func(c *ClientConfig) { c.OfferedBindings = nil }, "p=tls-server-end-point,,"},
		{"types not said, end point not there", "SCRAM-SHA-1-PLUS", func(c *ClientConfig) { c.OfferedBindings, c.ChannelBindings = nil, bindings[:1] }, "p=tls-exporter,,"},
		{"cannot bind", "SCRAM-SHA-1", func(c *ClientConfig) { c.ChannelBindings = nil }, "n,,"},
		{"no offer", "SCRAM-SHA-1", func(c *ClientConfig) { c.Offered, c.OfferedBindings = []string{"SCRAM-SHA-1"}, nil }, "y,,"},
		{"an identity", "SCRAM-SHA-1", func(c *ClientConfig) { c.ChannelBindings, c.AuthzID = nil, "a,=@b" }, "n,a=a=2C=3D@b,"},
	} {
		cfg := clientConfig()
		tt.edit(&cfg)
		c, err := NewClient(tt.mechanism, "user", password, cfg)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		first, _, _ := c.Step(nil)
		if m, err := parseClientFirst(string(first)); m.gs2 != tt.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", tt.name, first, err, tt.want)
		}
	}
	cfg := clientConfig()
	cfg.ChannelBindings = nil
	if _, err := NewClient("SCRAM-SHA-1-PLUS", "user", password, cfg); condition(t, err) != Aborted {
		t.Errorf("PLUS without a binding: %v", err)
	}
	cfg = clientConfig()
	cfg.OfferedBindings, cfg.SASL2 = nil, true
	if _, err := NewClient("SCRAM-SHA-1-PLUS", "user", password, cfg); condition(t, err) != Aborted {
		t.Errorf("a tampered offer: %v", err)
	}
}
