package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/link"
)

const whole = `
data = "data"
[[host]]
domain = "Example.ORG"
certificate = "fullchain.pem"
key = "/etc/privkey.pem"
[[host]]
domain = "localhost"
[[listen]]
kind = "c2s"
address = "127.0.0.1:5222"
plaintext = true
[[listen]]
kind = "c2s-tls"
address = "[::]:5223"
proxy_protocol = true
compression = ["godwit-deflate-1", "zlib"]
[[listen]]
kind = "link"
address = ":0"
origins = ["https://app.example.org:8443", "*"]
[link]
route = "node-1"
padding = "padme"
[sessions]
max_per_account = 5
max_stanza_bytes = 10_000
[limits]
login_timeout = "45s"
stranger_bytes = 2_000_000_000
[limits.stranger_limits]
depth = 9
[store]
cache_bytes = 1_048_576
mem_table_bytes = 2_097_152
[log]
level = "debug"
format = "json"
`

func TestEverySectionIsRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "godwit.toml")
	if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	wantHosts := []HostConfig{
		{Domain: "example.org", Certificate: filepath.Join(dir, "fullchain.pem"), Key: "/etc/privkey.pem"},
		{Domain: "localhost"},
	}
	if !reflect.DeepEqual(c.Host, wantHosts) {
		t.Errorf("hosts %+v, want %+v", c.Host, wantHosts)
	}
	wantListen := []ListenConfig{
		{Kind: KindC2S, Address: "127.0.0.1:5222", Plaintext: true},
		{Kind: KindC2STLS, Address: "[::]:5223", ProxyProtocol: true, Compression: []string{"godwit-deflate-1", "zlib"}},
		{Kind: KindLink, Address: ":0", Origins: []string{"https://app.example.org:8443", "*"}},
	}
	if !reflect.DeepEqual(c.Listen, wantListen) {
		t.Errorf("listen %+v, want %+v", c.Listen, wantListen)
	}
	if c.Link != (LinkConfig{"node-1", "padme"}) || c.Link.Profile() != link.PaddingPadme {
		t.Errorf("link %+v", c.Link)
	}
	if want := filepath.Join(dir, "data"); c.Data != want {
		t.Errorf("data %q, want %q", c.Data, want)
	}
	if c.Sessions != (SessionsConfig{MaxPerAccount: 5, MaxStanzaBytes: 10_000}) {
		t.Errorf("sessions %+v", c.Sessions)
	}
	wantStranger := codec.PreAuthLimits // what the file does not name is not without limit
	wantStranger.Depth = 9
	if l := c.Limits; l.LoginTimeout != 45*time.Second || l.StrangerBytes != 2_000_000_000 || l.StrangerLimits == nil || *l.StrangerLimits != wantStranger {
		t.Errorf("limits %+v", l)
	}
	if s := c.Store; s.CacheBytes != 1<<20 || s.MemTableBytes != 2<<20 {
		t.Errorf("store %+v", s)
	}
	if c.Log != (LogConfig{"debug", "json"}) {
		t.Errorf("log %+v", c.Log)
	}
}

// good is a configuration without the last section of the table below.
const good = "data = 'd'\n[[host]]\ndomain = 'localhost'\n[[listen]]\nkind = 'c2s'\naddress = '127.0.0.1:5222'\n"

func TestEveryErrorNamesKeyValueAndRemedy(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"syntax", "data = \n", `g.toml:1: this is not TOML: `},
		{"no quotes", "data = data\n", `g.toml:1: this is not TOML: `},
		{"twice", "data = 'a'\ndata = 'b'\n", `g.toml: this is not TOML: key data is already defined; strings are in quotes, sections in brackets`},

		{"unknown key", good + "plaintxt = true\n", `g.toml:7: listen[0].plaintxt: there is no such key; the nearest is plaintext`},
		{"unknown section", good + "[limit]\n", `g.toml:7: limit: there is no such key; the nearest is limits`},
		{"unknown key of a package", good + "[limits]\nmax_conections = 1\n", `g.toml:8: limits.max_conections: there is no such key; the nearest is max_connections`},
		{"unknown nested key", good + "[limits.stranger_limits]\ndeep = 1\n", `g.toml:8: limits.stranger_limits.deep: there is no such key; the nearest is depth`},
		{"not for files", good + "[store]\nlogger = 1\n", `g.toml:8: store.logger: there is no such key; the nearest is `},

		{"number for string", "data = 17\n", `g.toml:1: data = 17: write a string in quotes`},
		{"string for number", good + "[sessions]\nmax_per_account = '5'\n", `g.toml:8: sessions.max_per_account = "5": write a whole number up to 9223372036854775807, without quotes`},
		{"string for bool", good + "plaintext = 'yes'\n", `g.toml:7: listen[0].plaintext = "yes": write true or false, without quotes`},
		{"number for duration", good + "[limits]\nlogin_timeout = 30\n", `g.toml:8: limits.login_timeout = 30: write a duration in quotes, as "30s" or "5m"`},
		{"no duration", good + "[limits]\nlogin_timeout = 'soon'\n", `g.toml:8: limits.login_timeout = "soon": write a duration in quotes, as "30s" or "5m"`},
		{"negative for unsigned", good + "[store]\nmin_free_bytes = -1\n", `g.toml:8: store.min_free_bytes = -1: write a whole number from 0, without quotes`},
		{"value for section", good[len("data = 'd'\n"):] + "", `g.toml: data: is missing: name the folder for everything that is kept, as in data = "data"`},
		{"section as value", "log = 'info'\n" + good, `g.toml:1: log = "info": this is a section: write [log]`},
		{"one host", "data = 'd'\n[host]\ndomain = 'localhost'\n", `g.toml:2: host = {…}: there can be several: write [[host]]`},

		{"no host", "data = 'd'\n[[listen]]\nkind = 'link'\naddress = ':1'\n", `g.toml: host: is missing: write a section [[host]] with domain = "example.org"`},
		{"no listen", "data = 'd'\n[[host]]\ndomain = 'localhost'\n", `g.toml: listen: is missing: write a section [[listen]] with kind = "c2s" and address = "[::]:5222"`},
		{"no domain", "data = 'd'\n[[host]]\n[[listen]]\nkind = 'link'\naddress = ':1'\n", `g.toml:2: host[0].domain: is missing: write domain = "example.org"`},
		{"bad domain", strings.Replace(good, "'localhost'", "'a b'", 1), `g.toml:3: host[0].domain = "a b": is no domain (`},
		{"same domain", good + "[[host]]\ndomain = 'LOCALHOST'\n", `g.toml:8: host[1].domain = "localhost": host[0] is the same: remove one`},
		{"no certificate", strings.Replace(good, "localhost", "example.org", 1), `g.toml:3: host[0].domain = "example.org": needs certificate and key: only localhost may go without`},
		{"unknown mechanism", strings.Replace(good, "[[listen]]", "mechanisms = ['PLAIN', 'X']\n[[listen]]", 1), `g.toml:4: host[0].mechanisms[1] = "X": is no mechanism that Godwit knows: write some of SCRAM-SHA-512-PLUS, `},
		{"one mechanism", strings.Replace(good, "[[listen]]", "mechanisms = 'PLAIN'\n[[listen]]", 1), `g.toml:4: host[0].mechanisms = "PLAIN": there can be several: write a list, as ["a", "b"]`},
		{"key alone", strings.Replace(good, "[[listen]]", "key = 'k.pem'\n[[listen]]", 1), `g.toml:4: host[0].key = "k.pem": has no certificate to it: write certificate = …, or remove key`},
		{"certificate alone", strings.Replace(good, "[[listen]]", "certificate = 'c.pem'\n[[listen]]", 1), `g.toml:4: host[0].certificate = "c.pem": has no key to it: write key = …`},

		{"no origin", strings.Replace(good, "'c2s'", "'link'", 1) + "origins = ['*', 'https://example.org/']\n", `g.toml:7: listen[0].origins[1] = "https://example.org/": is no origin: write it as "https://example.org", or "*" for all`},
		{"origin without a scheme", strings.Replace(good, "'c2s'", "'link'", 1) + "origins = ['example.org']\n", `g.toml:7: listen[0].origins[0] = "example.org": is no origin: `},
		{"origins without WebSocket", good + "origins = ['*']\n", `g.toml:7: listen[0].origins[0] = "*": is for WebSocket, which kind c2s does not take: remove it`},
		{"long route", good + "[link]\nroute = '" + strings.Repeat("x", 256) + "'\n", `g.toml:8: link.route = "xxx`},
		{"unknown padding", good + "[link]\npadding = 'zeros'\n", `g.toml:8: link.padding = "zeros": is no padding: write one of none, padme`},

		{"no kind", strings.Replace(good, "kind = 'c2s'\n", "", 1), `g.toml:4: listen[0].kind: is missing: write one of c2s, c2s-tls, link`},
		{"wrong kind", strings.Replace(good, "'c2s'", "'c2s-tl'", 1), `g.toml:5: listen[0].kind = "c2s-tl": is no kind; the nearest is c2s-tls`},
		{"later kind", strings.Replace(good, "'c2s'", "'s2s'", 1), `g.toml:5: listen[0].kind = "s2s": is not built yet: write one of c2s, c2s-tls, link`},
		{"no address", strings.Replace(good, "address = '127.0.0.1:5222'\n", "", 1), `g.toml:4: listen[0].address: is missing: write address and port, as in address = "[::]:5222"`},
		{"no port", strings.Replace(good, ":5222", "", 1), `g.toml:6: listen[0].address = "127.0.0.1": is no address and port: write it as "127.0.0.1:5222" or "[::]:5222"`},
		{"port too high", strings.Replace(good, ":5222", ":65536", 1), `g.toml:6: listen[0].address = "127.0.0.1:65536": has no port from 0 to 65535: write the number after the last colon`},
		{"same address", good + "[[listen]]\nkind = 'link'\naddress = '127.0.0.1:5222'\n", `g.toml:9: listen[1].address = "127.0.0.1:5222": listen[0] has the same: give one of them another port`},
		{"plaintext in public", strings.Replace(good, "127.0.0.1", "10.0.0.1", 1) + "plaintext = true\n", `g.toml:7: listen[0].plaintext = true: would let passwords be read on the way to 10.0.0.1:5222: remove it, or listen on 127.0.0.1`},
		{"plaintext everywhere", strings.Replace(good, "127.0.0.1", "", 1) + "plaintext = true\n", `g.toml:7: listen[0].plaintext = true: would let`},
		{"unknown compression", good + "compression = ['zlip']\n", `g.toml:7: listen[0].compression[0] = "zlip": is no method; the nearest is zlib`},
		{"compression twice", good + "compression = ['zlib', 'zlib']\n", `g.toml:7: listen[0].compression[1] = "zlib": is there twice: remove one`},
		{"compression on the link", strings.Replace(good, "'c2s'", "'link'", 1) + "compression = ['zlib']\n", `g.toml:7: listen[0].compression: is for the kinds c2s and c2s-tls: the link is compact without it, remove it`},
		{"compression that is no list", good + "compression = 'zlib'\n", `g.toml:7: listen[0].compression = "zlib": there can be several: write a list, as ["a", "b"]`},
		{"plaintext on the link", strings.Replace(good, "'c2s'", "'link'", 1) + "plaintext = true\n", `g.toml:7: listen[0].plaintext = true: is for kind c2s only: remove it`},

		{"too many per account", good + "[sessions]\nmax_per_account = -1\n", `g.toml:8: sessions.max_per_account = -1: must be 1 or more, or 0 for the default`},
		{"auth failures", good + "[sessions]\nmax_auth_failures = -1\n", `g.toml:8: sessions.max_auth_failures = -1: must be 1 or more, or 0 for the default`},
		{"unacked", good + "[sessions]\nmax_unacked = -1\n", `g.toml:8: sessions.max_unacked = -1: must be 1 or more, or 0 for the default`},
		{"no limit", good + "[limits]\nbyte_rate = -1\n", `g.toml:8: limits.byte_rate = -1: must be 1 or more, or 0 for the default; for no limit write a high number, as 2_000_000_000`},
		{"no workers", good + "[limits]\nworkers = -3\n", `g.toml:8: limits.workers = -3: must be 1 or more`},
		{"no search", good + "[archive]\nscan = -1\n", `g.toml:8: archive.scan = -1: must be 1 or more, or 0 for the default; for no limit write a high number, as 2_000_000_000`},
		{"no timeout", good + "[limits]\nlogin_timeout = '-5s'\n", `g.toml:8: limits.login_timeout = "-5s": must be longer than "0s", or "0s" for the default; for no limit write a long time, as "8760h"`},
		{"too high", good + "[limits]\nbyte_rate = 4_000_000_000\n", `g.toml:8: limits.byte_rate = 4000000000: must be at most 2147483647, which is as good as no limit`},
		{"no depth", good + "[limits.stranger_limits]\ndepth = -1\n", `g.toml:8: limits.stranger_limits.depth = -1: must be 1 or more`},
		{"no page", good + "[im]\npage_size = -1\n", `g.toml:8: im.page_size = -1: must be 1 or more`},
		{"no queue", good + "[store]\nqueue_ops = -4\n", `g.toml:8: store.queue_ops = -4: must be 1 or more`},
		{"sections of another name", "data = 'd'\n[[hosts]]\ndomain = 'localhost'\n", `g.toml:2: hosts: there is no such key; the nearest is host`},
		{"small stanzas", good + "[sessions]\nmax_stanza_bytes = 9_999\n", `g.toml:8: sessions.max_stanza_bytes = 9999: must be 10000 or more (RFC 6120 §13.12), or 0 for the default`},
		{"durability", good + "[store]\ndurability = 'lax'\n", `g.toml:8: store.durability = "lax": is no durability: write one of strict, relaxed`},
		{"level", good + "[log]\nlevel = 'trace'\n", `g.toml:8: log.level = "trace": is no level: write one of debug, info, warn, error`},
		{"metrics without port", good + "[metrics]\nlisten = '127.0.0.1'\n", `g.toml:8: metrics.listen = "127.0.0.1": is no address and port: write it as "127.0.0.1:9469"`},
		{"metrics on a high port", good + "[metrics]\nlisten = '127.0.0.1:65536'\n", `g.toml:8: metrics.listen = "127.0.0.1:65536": has no port from 0 to 65535`},
		{"metrics for everybody", good + "[metrics]\nlisten = ':9469'\n", `g.toml:8: metrics.listen = ":9469": would let everybody who reaches it read figures and profiles: listen on 127.0.0.1`},
		{"metrics for the network", good + "[metrics]\nlisten = '192.168.1.1:9469'\n", `g.toml:8: metrics.listen = "192.168.1.1:9469": would let`},
		{"metrics for everybody by IPv6", good + "[metrics]\nlisten = '[::]:9469'\n", `g.toml:8: metrics.listen = "[::]:9469": would let`},
		{"metrics for a name", good + "[metrics]\nlisten = 'example.org:9469'\n", `g.toml:8: metrics.listen = "example.org:9469": would let`},
		{"metrics where clients come", good + "[metrics]\nlisten = '127.0.0.1:5222'\n", `g.toml:8: metrics.listen = "127.0.0.1:5222": listen[0] has the same: give one of them another port`},
		{"format", good + "[log]\nformat = 'xml'\n", `g.toml:8: log.format = "xml": is no format: write one of text, json`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("g.toml", []byte(test.text))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("\n got %s\nwant %s", err, test.want)
			}
			for line := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(line, "g.toml") {
					t.Errorf("a line that does not say where: %q", line)
				}
			}
		})
	}
}

func TestSeveralErrorsAreAllTold(t *testing.T) {
	_, err := Parse("g.toml", []byte(good+"[log]\nlevel = 'x'\nformat = 'y'\n[sessions]\nmax_per_account = -1\n"))
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("want two lines, got %v", err)
	}
}

func TestANegativeValueThatSaysSomethingIsTaken(t *testing.T) {
	c, err := Parse("g.toml", []byte(good+"[store]\nballast_bytes = -1\n"))
	if err != nil || c.Store.BallastBytes != -1 {
		t.Errorf("no ballast: %v", err)
	}
}

func TestPlaintextOnLoopbackIsAllowed(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "127.9.9.9", "[::1]", "localhost"} {
		if _, err := Parse("g.toml", []byte(strings.Replace(good, "127.0.0.1", host, 1)+"plaintext = true\n")); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestMetricsOnLoopbackAreAllowed(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:0", "127.9.9.9:65535", "[::1]:9469", "localhost:9469"} {
		c, err := Parse("g.toml", []byte(good+"[metrics]\nlisten = '"+address+"'\n"))
		if err != nil || c.Metrics.Listen != address {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestKeysAreFieldsInSmallLetters(t *testing.T) {
	for field, want := range map[string]string{
		"Data": "data", "MaxPerAddress": "max_per_address", "HandshakeCPUs": "handshake_cpus", "MemTableBytes": "mem_table_bytes", "TLS": "tls",
	} {
		if got := Key(field); got != want {
			t.Errorf("Key(%s) = %s, want %s", field, got, want)
		}
	}
}

func TestAFileThatIsNotThereSaysHowToBegin(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"))
	if err == nil || !strings.Contains(err.Error(), "check --example") {
		t.Errorf("got %v", err)
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"adress": "address", "kid": "kind", "": "kind", "plain_text": "plaintext"} {
		if got := nearest(word, []string{"kind", "address", "plaintext"}); got != want {
			t.Errorf("nearest(%q) = %s, want %s", word, got, want)
		}
	}
}
