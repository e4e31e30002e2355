package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/edge"
)

// loadCertificates reads the certificates of all domains, and makes those that are missing.
func (s *Server) loadCertificates() (err error) {
	var files []edge.CertFiles
	for i := range s.config.Host {
		h := &s.config.Host[i]
		f := edge.CertFiles{Chain: h.Certificate, Key: h.Key, Hosts: []string{h.Domain}}
		if h.SelfSigned() {
			if f.Chain, f.Key, err = s.selfSigned(h); err != nil {
				return err
			}
		}
		files = append(files, f)
	}
	if s.certs, err = edge.NewCertSource(files...); err != nil {
		return err
	}
	secret, err := s.store.Secret("tls-tickets")
	if err != nil {
		return err
	}
	return s.certs.KeepTickets(secret) // a phone that comes back after our restart need not begin anew
}

// SelfSignedFile returns where the self-signed certificate of a domain lies in a data folder.
func SelfSignedFile(data, domain string) string {
	return filepath.Join(data, "certificates", domain+".pem")
}

// renewBefore is how long before its end a self-signed certificate is made anew.
const renewBefore = 30 * 24 * time.Hour

// selfSigned returns the files of a self-signed certificate that holds for a while yet.
func (s *Server) selfSigned(h *config.HostConfig) (chain, key string, err error) {
	chain = SelfSignedFile(s.config.Data, h.Domain)
	key, made, err := KeepSelfSigned(chain, h.Domain)
	if made {
		s.log.Info("self-signed certificate made", "host", h.Domain, "file", chain)
	}
	return chain, key, err
}

// KeepSelfSigned returns the file with the key of the self-signed certificate for a domain that is in the file chain, x.pem and x.key.pem. It makes both, and the folder, when they are missing or
// the certificate will not hold for long.
func KeepSelfSigned(chain, domain string) (key string, made bool, err error) {
	key = chain[:len(chain)-len(".pem")] + ".key.pem"
	switch t, err := tls.LoadX509KeyPair(chain, key); {
	case err == nil && time.Now().Before(t.Leaf.NotAfter.Add(-renewBefore)):
		return key, false, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", false, fmt.Errorf("the self-signed certificate %s: %w; remove it to have a new one made", chain, err)
	}
	names := []string{domain}
	if domain == "localhost" {
		names = nil // edge adds the addresses
	}
	chainPEM, keyPEM, err := edge.SelfSigned(time.Now(), names...)
	if err != nil {
		return "", false, err
	}
	if err := os.MkdirAll(filepath.Dir(chain), 0o700); err != nil {
		return "", false, err
	}
	return key, true, errors.Join(os.WriteFile(key, keyPEM, 0o600), os.WriteFile(chain, chainPEM, 0o644))
}
