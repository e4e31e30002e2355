package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// observed is a server with a port for monitoring, and accounts alice and bob.
func observed(t *testing.T) *Server {
	t.Helper()
	c := settings(t)
	c.Metrics.Listen = "127.0.0.1:0"
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	s, _ := startServer(t, c)
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	addAlice(t, s)
	if _, err := s.Room().Do(t.Context(), admin.Request{Do: admin.AddUser, JID: "bob@localhost", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// get returns what the port for monitoring has at a path.
func get(t *testing.T, s *Server, path string) []byte {
	t.Helper()
	r, err := http.Get("http://" + s.MetricsAddr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, r.Status, err)
	}
	return b
}

// figures are the counters and gauges of a scrape, as name{label="value",…}. Of a histogram there is the count.
type figures map[string]float64

// scrape reads the figures, with the parser that Prometheus has.
func scrape(t *testing.T, s *Server) figures {
	t.Helper()
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(bytes.NewReader(get(t, s, "/metrics")))
	if err != nil {
		t.Fatal(err)
	}
	f := make(figures)
	for name, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			key := name
			if labels != nil {
				key += "{" + strings.Join(labels, ",") + "}"
			}
			f[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return f
}

// moved waits until the figures have moved by as much since before, and returns them. What a connection that is closed has done is counted a moment later.
func (before figures) moved(t *testing.T, s *Server, want figures) (now figures) {
	t.Helper()
	var wrong []string
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		now, wrong = scrape(t, s), nil
		for key, by := range want {
			if got := now[key] - before[key]; got != by {
				wrong = append(wrong, fmt.Sprintf("%s has moved by %v, want %v", key, got, by))
			}
		}
		if wrong == nil {
			return now
		}
	}
	t.Fatal(strings.Join(wrong, "\n"))
	return nil
}

// TestFiguresMoveByWhatADialogueDoes: by exactly that.
func TestFiguresMoveByWhatADialogueDoes(t *testing.T) {
	s := observed(t)
	alice, bob := jid.MustParse("alice@localhost"), jid.MustParse("bob@localhost")
	connect := func(listener int, mode client.Mode, who jid.JID, password string) (*client.Conn, error) {
		cfg := client.Config{JID: who, Password: password, Mode: mode, Address: s.Addr(listener).String(), Mechanisms: []string{"SCRAM-SHA-256"}}
		cfg.TLS = &tls.Config{RootCAs: roots(t, s)}
		return client.Dial(t.Context(), cfg)
	}
	before := scrape(t, s)
	var conns []*client.Conn
	for _, at := range []struct {
		listener int
		mode     client.Mode
		who      jid.JID
	}{{0, client.Plain, alice}, {1, client.DirectTLS, bob}} {
		c, err := connect(at.listener, at.mode, at.who, "secret")
		if err == nil {
			err = c.Presence(t.Context())
		}
		if err == nil {
			_, err = c.Recv(t.Context()) // its own presence
		}
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	if _, err := connect(0, client.Plain, alice, "wrong"); err == nil {
		t.Fatal("a wrong password is right")
	}
	after := before.moved(t, s, figures{
		`godwit_connections_accepted_total`:                                  3,
		`godwit_connections{transport=plain}`:                                1,
		`godwit_connections{transport=tls}`:                                  1,
		`godwit_connections{transport=link}`:                                 0,
		`godwit_sessions{transport=plain}`:                                   1,
		`godwit_sessions{transport=tls}`:                                     1,
		`godwit_sessions_bound`:                                              2,
		`godwit_accounts_online`:                                             2,
		`godwit_handshakes_total{result=ok}`:                                 1,
		`godwit_logins_total{mechanism=SCRAM-SHA-256,result=ok}`:             2,
		`godwit_logins_total{mechanism=SCRAM-SHA-256,result=not-authorized}`: 1,
		`godwit_stanzas_total{direction=in,kind=presence}`:                   2,
		`godwit_stanzas_total{direction=out,kind=presence}`:                  2,
		`godwit_stanzas_total{direction=in,kind=message}`:                    0,
		`godwit_archive_entries_total`:                                       0,
		`godwit_stream_errors_total{condition=policy-violation}`:             0,
		`godwit_connections_refused_total{reason=address}`:                   0,
		`godwit_watchers`:                                                    0,
		`godwit_panics_total`:                                                0,
		`godwit_stanza_errors_total{condition=service-unavailable}`:          0,
		`godwit_streams_resumable`:                                           0,
		`godwit_store_corrupt`:                                               0,
		`godwit_loop_responding{loop=0}`:                                     0, // it did before, too
	})

	const messages = 7
	for range messages {
		if _, err := conns[0].Message(t.Context(), bob, "hello"); err != nil {
			t.Fatal(err)
		}
		if _, err := conns[1].Recv(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conns[1].IQ(t.Context(), func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "get").StartNS("urn:example:none", "query").End()
	}); err == nil {
		t.Error("an iq that nobody knows is answered well")
	}
	talked := after.moved(t, s, figures{
		`godwit_stanzas_total{direction=in,kind=message}`:           messages,
		`godwit_stanzas_total{direction=out,kind=message}`:          messages,
		`godwit_stanzas_total{direction=in,kind=presence}`:          0,
		`godwit_stanzas_total{direction=in,kind=iq}`:                1,
		`godwit_stanzas_total{direction=out,kind=iq}`:               1,
		`godwit_stanza_errors_total{condition=service-unavailable}`: 1,
		`godwit_archive_entries_total`:                              2 * messages, // alice's and bob's
		`godwit_connections_accepted_total`:                         0,
	})
	if ops := talked[`godwit_store_commits_total`] - after[`godwit_store_commits_total`]; ops < messages {
		t.Errorf("%v operations of the store for %d messages", ops, messages)
	}
	if batches := talked[`godwit_store_sync_seconds`] - after[`godwit_store_sync_seconds`]; batches == 0 || batches != talked[`godwit_store_batch_size`]-after[`godwit_store_batch_size`] {
		t.Errorf("%v batches", batches)
	}

	for _, c := range conns {
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	before.moved(t, s, figures{
		`godwit_connections_accepted_total`:   3,
		`godwit_connections_ended_total`:      3,
		`godwit_connections{transport=plain}`: 0,
		`godwit_sessions{transport=plain}`:    0,
		`godwit_sessions{transport=tls}`:      0,
		`godwit_connections{transport=tls}`:   0,
		`godwit_sessions_bound`:               0,
		`godwit_accounts_online`:              0,
	})
}

// TestFiguresAreNamedAsPrometheusWants, when there is something of all kinds.
func TestFiguresAreNamedAsPrometheusWants(t *testing.T) {
	s := observed(t)
	c := login(t, s, 2, client.Link)
	if err := c.SendXML(t.Context(), "<iq type='get' id='1' to='localhost'><query xmlns='urn:example:none'/></iq>"); err != nil {
		t.Fatal(err)
	}
	if err := c.SendXML(t.Context(), "<message from='eve@localhost'/>"); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := c.Recv(t.Context()); err != nil {
			break
		}
	}
	text := get(t, s, "/metrics")
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, name := range []string{
		"godwit_stream_errors_total{condition=\"invalid-from\"} 1", "godwit_stanza_errors_total{condition=\"service-unavailable\"} 1",
		"godwit_loop_lag_seconds_bucket{", "godwit_pebble_compactions_total ", "godwit_store_queue_length ", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !bytes.Contains(text, []byte("\n"+name)) {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestProfilesAreThere on the same port.
func TestProfilesAreThere(t *testing.T) {
	s := observed(t)
	if b := get(t, s, "/debug/pprof/goroutine?debug=1"); !bytes.Contains(b, []byte("goroutine profile: total ")) {
		t.Errorf("%s", b)
	}
	if b := get(t, s, "/debug/pprof/heap"); !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) { // gzip
		t.Errorf("%q", b)
	}
	address := s.MetricsAddr().String()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + address + "/metrics"); err == nil {
		t.Error("a server that is stopped is watched still")
	}
}

// TestNoFiguresUnlessAsked: by default there is no such port.
func TestNoFiguresUnlessAsked(t *testing.T) {
	s, _ := startServer(t, settings(t))
	if a := s.MetricsAddr(); a != nil {
		t.Errorf("listening on %v", a)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAPortForFiguresThatIsTaken is named, with what to do.
func TestAPortForFiguresThatIsTaken(t *testing.T) {
	s := observed(t)
	c := settings(t)
	c.Metrics.Listen = s.MetricsAddr().String()
	_, err := Start(c, "test", slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), `metrics.listen = "127.0.0.1:`) || !strings.Contains(err.Error(), "another process has this port") {
		t.Errorf("%v", err)
	}
}
