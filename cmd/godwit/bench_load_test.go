package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/bench/figures"
)

// loadReport runs a command that prints a report as JSON.
func loadReport(t *testing.T, args ...string) *figures.Report {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the load generator is made of epoll")
	}
	r := cli(t, "", append(args, "--json")...)
	r.wants(t, 0, "", "round 1 of")
	report, err := figures.Read(strings.NewReader(r.out))
	if err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	return report
}

// everywhere are the transports, each of which is a column of the report.
var everywhere = []string{"plain", "starttls", "tls", "link"}

func TestBenchChat(t *testing.T) {
	t.Parallel()
	for _, how := range [][]string{{"--rate", "200"}, {"--window", "3", "--no-store", "--durability", "relaxed", "--full", "--loops", "2"}} {
		args := append([]string{"bench", "chat", "--transport", strings.Join(everywhere, ","), "--sessions", "8", "--warmup", "100ms", "--duration", "1s"}, how...)
		r := loadReport(t, args...)
		results := r.Workloads[0].Results
		for i, want := range everywhere {
			chat := results[i].Rounds[0].Chat
			if results[i].Server != want || chat.Delivered == 0 || chat.Latency.Count == 0 || chat.Memory <= 0 || len(chat.Series) == 0 || chat.OwnCPU <= 0 {
				t.Errorf("%s: %+v", want, chat)
			}
		}
		if len(r.Servers) != 1 || r.Servers[0].Version == "" || !strings.Contains(r.Command, "bench chat") || r.Machine.CPUs == 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestBenchLogin(t *testing.T) {
	t.Parallel()
	r := loadReport(t, "bench", "login", "--transport", strings.Join(everywhere, ","), "--sessions", "9", "--parallel", "4", "--rounds", "2")
	for i, want := range everywhere {
		result := r.Workloads[0].Results[i]
		if result.Server != want || len(result.Rounds) != 2 || result.Rounds[1].Login.Latency.Count != 9 || result.Rounds[1].Login.PerSecond <= 0 {
			t.Errorf("%s: %+v", want, result)
		}
	}
}

func TestBenchIdle(t *testing.T) {
	t.Parallel()
	small := []string{"bench", "idle", "--sessions", "20", "--parallel", "5", "--settle", "10ms"}
	r := loadReport(t, small...)
	for i, want := range []string{"plain", "tls", "link"} {
		result := r.Workloads[0].Results[i]
		if idle := result.Rounds[0].Idle; result.Server != want || idle.Sessions != 20 || idle.Before <= 0 || idle.After <= 0 {
			t.Errorf("%s: %+v", want, idle)
		}
	}
	cli(t, "", "bench", "idle", "--address", "127.0.0.1:1").wants(t, 1, "", "--pid is missing")
}

func TestBenchCompareSavesAll(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "below", "result")
	r := loadReport(t, "bench", "compare", "--peers", "", "--sessions", "4", "--rounds", "1", "--warmup", "10ms", "--duration", "100ms", "--settle", "10ms",
		"--waiting", "3", "--contacts", "1", "--storm", "8", "--transport", "plain,link", "--pin", "none", "--save", name)
	var names []string
	for _, w := range r.Workloads {
		names = append(names, w.Name)
	}
	var want []string
	for _, name := range []string{"chat", "paced", "archived", "offline", "presence", "login", "storm", "idle", "loops"} {
		want = append(want, name+", plain", name+", link")
	}
	if !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	if len(r.Servers) != 4 { // strict, and relaxed; with two loops, and with one
		t.Errorf("%+v", r.Servers)
	}
	for _, w := range r.Workloads {
		round := w.Results[0].Rounds[0]
		if isSecure := strings.HasSuffix(w.Name, "link"); isSecure != (round.Security != "") {
			t.Errorf("%s is secured by %q", w.Name, round.Security)
		}
		switch kind, _, _ := strings.Cut(w.Name, ","); {
		case kind == "offline":
			if o := round.Offline; o.Stored.Messages != 6 || o.Stored.Latency.Count != 6 || o.Stored.PerSecond <= 0 || o.Fetched.Messages != 6 || o.Fetched.Latency.Count != 2 || o.Memory <= 0 {
				t.Errorf("%s: %+v", w.Name, o)
			}
		case kind == "presence":
			if p := round.Presence; p.Sessions != 4 || p.Delivered == 0 || p.Latency.Count == 0 || len(p.Series) == 0 || p.OwnCPU <= 0 {
				t.Errorf("%s: %+v", w.Name, p)
			}
		case kind == "storm":
			if s := round.Storm; s.Sessions != 8 || s.Latency.Count != 8 || s.Seconds <= 0 || s.Memory <= 0 {
				t.Errorf("%s: %+v", w.Name, s)
			}
		case kind == "loops":
			if len(w.Results) != 2 || round.Loops != 2 || w.Results[1].Rounds[0].Loops != 1 || round.Chat.Delivered == 0 {
				t.Errorf("%s: %+v", w.Name, w.Results)
			}
		}
	}
	for ending, want := range map[string]string{".txt": "messages/s", ".json": `"Workloads"`, ".html": "<h2>archived, link</h2>"} {
		if text, err := os.ReadFile(name + ending); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v", ending, err)
		}
	}
}

func TestBenchCompareOverTLS(t *testing.T) {
	t.Parallel()
	r := loadReport(t, "bench", "compare", "--peers", "", "--sessions", "4", "--rounds", "1", "--warmup", "10ms", "--duration", "100ms", "--pin", "none",
		"--waiting", "2", "--workload", "chat,chat/starttls,chat/tls,offline/tls")
	for i, want := range []string{"chat", "chat, starttls", "chat, tls", "offline, tls"} {
		w := r.Workloads[i]
		if how := w.Results[0].Rounds[0].Security; w.Name != want || (how != "") != (i > 0) || i > 0 && !strings.Contains(how, "X25519") {
			t.Errorf("%s, want %s; secured by %q", w.Name, want, how)
		}
	}
}

func TestBenchLoadRefuses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the load generator is made of epoll")
	}
	for _, test := range []struct{ args, want string }{
		{"chat --sessions 3", "3 sessions make no pairs"},
		{"chat --body 31", "a body of 31 bytes: at least 32"},
		{"chat --body 32769", "at most 32768"},
		{"chat --window 0", "needs a window"},
		{"chat --duration 0s", "takes some time"},
		{"chat --rounds 0", "at least one"},
		{"login --sessions 0", "at least one"},
		{"login --transport pigeon", "there are plain, starttls, tls and link"},
		{"login --pin 0", "--pin 0: "},
		{"login --pin x/1", `"x" is no CPU's number`},
		{"login --durability soon", "strict or relaxed"},
		{"login --address 127.0.0.1:1 --user bob", "one %d"},
		{"login --address 127.0.0.1:1 --user @%d", "--user, --domain"},
		{"login --address 127.0.0.1:1 --transport plain,tls", "has one"},
		{"compare --peers nobody", "no peer is named nobody, but ejabberd, prosody"},
		{"compare --workload dance", "there are chat, paced, archived, offline, presence, login, storm, idle, loops"},
		{"compare --peers= --workload chat/pigeon", "behind the slash"},
		{"compare --peers= --workload presence --contacts 0", "without contacts"},
		{"compare --peers= --workload presence --sessions 4 --contacts 4", "make no circles of 5"},
		{"compare --peers= --workload offline --waiting 0", "a message must wait"},
	} {
		cli(t, "", append([]string{"bench"}, strings.Fields(test.args)...)...).wants(t, 1, "", test.want)
	}
	r := cli(t, "", "bench", "login", "--address", "127.0.0.1:1", "--sessions", "1")
	if r.code != 1 || !strings.Contains(r.err, "connection refused") {
		t.Errorf("%+v", r)
	}
}
