package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestDecodeBothWays(t *testing.T) {
	t.Parallel()
	for _, xml := range []string{
		`<message to='bob@localhost' type='chat'><body xml:lang='fi'>hyvää huomenta 😀 &amp; &lt;b&gt;</body></message>`,
		`<presence/>`,
		`<iq id='1' type='get'><query xmlns='urn:example:none' x:y='&apos;' xmlns:x='urn:x'/></iq>`,
	} {
		there := cli(t, xml, "decode")
		there.wants(t, 0, "", " to 1\n")
		if strings.ContainsAny(there.out, "<>") {
			t.Errorf("not hex: %s", there.out)
		}
		back := cli(t, there.out, "decode")
		back.wants(t, 0, "", " to 1\n")
		if again := cli(t, "", "decode", strings.TrimSpace(back.out)); again.out != there.out {
			t.Errorf("%s\nthere %s back %s again %s", xml, there.out, back.out, again.out)
		}
	}
}

func TestDecodeOfAWholeStream(t *testing.T) {
	stream := `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>
		<presence/> <message><body>a</body></message></stream:stream>`
	r := cli(t, stream, "decode", "--to", "xml")
	if r.code != 0 || r.out != "<presence/>\n<message><body>a</body></message>\n" {
		t.Errorf("%+v", r)
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"", "nothing to decode"},
		{"<message", "the last stanza is cut off"},
		{"<message><body>a</body>", "the last stanza is cut off"},
		{"<message></presence>", "at byte 11: "},
		{"<a:b/>", "at byte "},
		{"<!DOCTYPE x>", "restricted-xml at byte "},
		{"xyz", "neither XML, which begins with <, nor hex"},
		{"05", "the last stanza is cut off"},
		{"01ff", " at byte "},
	} {
		cli(t, test.in, "decode").wants(t, 1, "", test.want)
	}
	cli(t, "<presence/>", "decode", "--to", "json").wants(t, 1, "", `--to "json": write xml or compact`)
}

// TestEveryCommandSaysWhatItIsFor also brings all of the program into the test's binary. The tests build the program themselves, which go test does not
// see: without this it would take their results from its cache when the program has changed.
func TestEveryCommandSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: %q", cmd.CommandPath(), cmd.Short)
		}
		for _, sub := range cmd.Commands() {
			look(sub)
		}
	}
	look(newRoot())
}

func TestVersion(t *testing.T) {
	cli(t, "", "version").wants(t, 0, "compact coding ", "")
}

func TestCompletions(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		cli(t, "", "completion", shell).wants(t, 0, "godwit", "")
	}
	file, _ := writeConfig(t, "")
	cli(t, "secret\n", "user", "add", "dora@localhost", "--password-stdin", "--config", file).wants(t, 0, "added", "")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"user", "passwd", "--config", file, ""}, "dora@localhost\n:4"},
		{[]string{"user", "rm", "--config", file, ""}, "dora@localhost\n:4"},
		{[]string{"chat", "--transport", ""}, "link\nplain\nstarttls\ntls\n:4"},
		{[]string{"decode", "--to", ""}, "xml\ncompact\n:4"},
		{[]string{"serve", "--config", ""}, "toml\n:8"},
		{[]string{"link", "--ca", ""}, "pem\ncrt\n:8"},
		{[]string{"link", "--keys", ""}, ":16"},
		{[]string{"link", "--server", ""}, ":4"},
		{[]string{"backup", ""}, ":16"},
		{[]string{"ctl", ""}, "kick\tEnd the sessions of an account, or one\nsessions\t"},
		{[]string{"ctl", "watch", "--config", file, ""}, ":4"},
		{[]string{"lo"}, "localserve"},
	} {
		cli(t, "", append([]string{"__complete"}, test.args...)...).wants(t, 0, test.want, "")
	}
}

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"sevre"}, `unknown command "sevre" for "godwit"; the nearest is serve`},
		{[]string{"user", "addd"}, `unknown command "addd" for "godwit user"; the nearest is add`},
		{[]string{"user", "promote"}, `unknown command "promote" for "godwit user"; godwit user --help lists them`},
		{[]string{"completion", "fsh"}, `unknown command "fsh" for "godwit completion"; the nearest are bash, zsh, fish`},
		{[]string{"chat", "--usr", "a@localhost"}, `unknown flag: --usr; godwit chat --help lists them`},
		{[]string{"serve"}, `required flag(s) "config" not set`},
		{[]string{"serve", "--config", "/nowhere/godwit.toml"}, "godwit check --example prints one to begin with"},
		{[]string{"chat"}, `required flag(s) "user" not set`},
		{[]string{"chat", "--user", "localhost"}, `--user "localhost" is no account`},
		{[]string{"chat", "--user", "a@localhost", "a@b@c"}, `"a@b@c" is no address`},
		{[]string{"chat", "--user", "a@localhost", "--transport", "quic"}, `--transport "quic": write one of link, plain, starttls, tls`},
		{[]string{"chat", "--user", "a@localhost", "--keys", ""}, "no password: set $GODWIT_PASSWORD, or use --password-stdin"},
		{[]string{"chat", "--user", "a@localhost", "--ca", "/nowhere"}, "no such file"},
		{[]string{"backup"}, "accepts 1 arg(s)"},
		{[]string{"ctl", "kik"}, `unknown command "kik" for "godwit ctl"; the nearest is kick`},
		{[]string{"ctl", "kick"}, "accepts 1 arg(s)"},
		{[]string{"ctl", "sessions", "--data", "/nowhere"}, "no server runs on /nowhere: start it with godwit serve or localserve"},
	} {
		cli(t, "", test.args...).wants(t, 1, "", test.want)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	file, data := writeConfig(t, "")
	cli(t, "", "check", "--config", file).wants(t, 0, "host localhost: with a self-signed certificate", "")
	cli(t, "", "check", "--example").wants(t, 0, "[[listen]]", "")
	bad := filepath.Join(filepath.Dir(file), "bad.toml")
	text := "data = 'data'\n[[host]]\ndomain = 'example.org'\ncertificate = 'c.pem'\nkey = 'k.pem'\n[[listen]]\nkind = 'link'\naddress = '192.0.2.1:0'\n"
	if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := cli(t, "", "check", "--config", bad)
	r.wants(t, 1, "bad   host example.org: certificate ", "check: 2 of 5 are bad")
	r.wants(t, 1, "bad   listen link 192.0.2.1:0: ", "")
	if _, err := os.Stat(data); err == nil {
		t.Error("check has made the data folder")
	}
	if err := os.WriteFile(bad, []byte(text+"adress = ''\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cli(t, "", "check", "--config", bad).wants(t, 1, "", bad+":9: listen[0].adress: there is no such key; the nearest is address")
}
