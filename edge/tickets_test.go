package edge

import (
	"bufio"
	"crypto/tls"
	"encoding/hex"
	"sync/atomic"
	"testing"
	"time"
)

// ticketServer is a server that begins with the certificate and secret at a time: each is a start of the process.
func ticketServer(t *testing.T, kind Kind, pair tls.Certificate, secret string, now *atomic.Int64) (*testServer, *CertSource) {
	t.Helper()
	certs, err := NewStaticCerts(pair)
	if err != nil {
		t.Fatal(err)
	}
	certs.clock = func() time.Time { return time.Unix(now.Load(), 0) }
	if err := certs.KeepTickets([]byte(secret)); err != nil {
		t.Fatal(err)
	}
	return serveListener(t, Config{}, Listener{Kind: kind, NewMachine: tlsEcho, Certificates: certs}, lines), certs
}

// resumes makes a connection, compares the channel bindings of both its ends, and reports whether its session was resumed.
func resumes(t *testing.T, s *testServer, config *tls.Config) bool {
	t.Helper()
	c := tls.Client(s.dial(), config)
	defer c.Close()
	r := bufio.NewReader(c)
	send(t, c, "binding tls-exporter\nbinding tls-server-end-point\n")
	state := c.ConnectionState()
	exporter, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, r, hex.EncodeToString(exporter), hex.EncodeToString(endPoint(state.PeerCertificates[0])))
	return state.DidResume
}

// TestTicketsSurvive: a session is resumed after a restart and a Reload with the same certificate and secret, for some days, and by nobody else.
func TestTicketsSurvive(t *testing.T) {
	pair, err := makeCert(localhost...)
	if err != nil {
		t.Fatal(err)
	}
	other, err := makeCert(localhost...)
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * 60 * 60
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, c := range []struct {
			what   string
			pair   tls.Certificate
			secret string
			later  int64 // seconds
			want   bool
		}{
			{"after a restart", pair, "secret", 0, true},
			{"the next day", pair, "secret", day, true},
			{"the sixth day", pair, "secret", 6*day - 1, true},
			{"after more than a week", pair, "secret", 8 * day, false},
			{"another secret", pair, "other", 0, false},
			{"another certificate", other, "secret", 0, false},
		} {
			t.Run(tls.VersionName(version)+" "+c.what, func(t *testing.T) {
				var now atomic.Int64
				now.Store(time.Now().Unix() / day * day)
				config := clientTLS()
				config.MaxVersion, config.ClientSessionCache = version, tls.NewLRUClientSessionCache(4)
				config.Time = func() time.Time { return time.Unix(now.Load(), 0) }
				first, certs := ticketServer(t, C2STLS, pair, "secret", &now)
				if resumes(t, first, config) {
					t.Error("the first connection was resumed")
				}
				if err := certs.use(certs.now.Load().all); err != nil { // as Reload does when the files are the same
					t.Fatal(err)
				}
				if !resumes(t, first, config) {
					t.Error("after a reload of the same certificate: not resumed")
				}
				now.Add(c.later)
				second, _ := ticketServer(t, C2STLS, c.pair, c.secret, &now)
				if got := resumes(t, second, config); got != c.want {
					t.Errorf("resumed: %v, want %v", got, c.want)
				}
			})
		}
	}
}
