package peer

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// iterations are those of SCRAM in all servers that are compared.
const iterations = 4096

type prosody struct {
	child
	config Config
}

func prosodyVersion() (string, error) {
	if _, err := exec.LookPath("prosody"); err != nil {
		return "", ErrMissing
	}
	if v := packageVersion("prosody"); v != "" {
		return v, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "prosodyctl", "about").Output() // prosody itself has no option that tells
	version, _, _ := strings.Cut(strings.TrimPrefix(string(out), "Prosody "), "\n")
	return version, err
}

// packageVersion is what Debian's list of packages says, "" elsewhere.
func packageVersion(name string) string {
	out, _ := exec.Command("dpkg-query", "--show", "--showformat", "${Version}", name).Output()
	return string(out)
}

func newProsody(c Config, n network) (Server, error) {
	s := &prosody{child{network: n, log: c.path("output.log")}, c}
	return s, c.write("prosody.cfg.lua", s.text())
}

// accounts writes the files of the accounts, as mod_storage_internal has them.
func (s *prosody) accounts() error {
	const salt = "salt of the bench"
	salted, err := pbkdf2.Key(sha256.New, s.config.Password, []byte(salt), iterations, sha256.Size)
	if err != nil {
		return err
	}
	mac := func(what string) []byte {
		m := hmac.New(sha256.New, salted)
		m.Write([]byte(what))
		return m.Sum(nil)
	}
	stored := sha256.Sum256(mac("Client Key"))
	text := fmt.Sprintf("return {\n\t[\"iteration_count\"] = %d;\n\t[\"salt\"] = %q;\n\t[\"stored_key\"] = %q;\n\t[\"server_key\"] = %q;\n};\n",
		iterations, salt, hex.EncodeToString(stored[:]), hex.EncodeToString(mac("Server Key")))
	for i := range s.config.Accounts {
		if err := s.config.write(filepath.Join("data", s.config.Domain, "accounts", fmt.Sprintf("user%d.dat", i)), text); err != nil {
			return err
		}
		if err := s.roster(i); err != nil {
			return err
		}
	}
	return nil
}

// roster writes the roster of account i, if there is anything in it.
func (s *prosody) roster(i int) error {
	contacts := s.config.Contacts(i)
	if len(contacts) == 0 {
		return nil
	}
	text := "return {\n\t[false] = { [\"version\"] = 1; [\"pending\"] = {}; };\n"
	for _, j := range contacts {
		text += fmt.Sprintf("\t[%q] = { [\"subscription\"] = \"both\"; [\"groups\"] = {}; };\n", fmt.Sprintf("user%d@%s", j, s.config.Domain))
	}
	return s.config.write(filepath.Join("data", s.config.Domain, "roster", fmt.Sprintf("user%d.dat", i)), text+"};\n")
}

// archiving is what an archive needs. The files of the internal storage are many times faster here than SQLite, which syncs each message to the disk by itself; they
// hold 10,000 messages of an account unless told otherwise.
const archiving = `
default_archive_policy = true
archive_expires_after = "never"
storage_archive_item_limit = 1000000`

func (s *prosody) tuning() string {
	modules, archive := `"roster"; "saslauth"; "tls"; "disco"; "ping";`, ""
	if s.config.Archive {
		modules, archive = modules+` "mam";`, archiving
	}
	if s.config.Offline {
		modules += ` "smacks";` // mod_offline is there by itself
	}
	return `modules_enabled = { ` + modules + ` }
modules_disabled = { "s2s" }
network_backend = "epoll"
network_settings = { tcp_backlog = 4096, nagle = false }
gc = { mode = "generational" }
storage = "internal"
authentication = "internal_hashed"
password_hash = "SHA-256"
c2s_require_encryption = false
log = { { levels = { min = "error" }, to = "console" } }` + archive
}

func (s *prosody) text() string {
	return fmt.Sprintf(`run_as_root = true
data_path = %q
pidfile = %q
interfaces = { %q }
c2s_ports = { %d }
c2s_direct_tls_ports = { %d }
http_ports = {}
https_ports = {}
ssl = { key = %q, certificate = %q }
%s
VirtualHost %q
`, s.config.path("data"), s.config.path("prosody.pid"), loopback, s.plain, s.direct, s.config.path("key.pem"), s.config.path("cert.pem"), s.tuning(), s.config.Domain)
}

// Settings implements Server.
func (s *prosody) Settings() []string { return strings.Split(s.tuning(), "\n") }

// Start implements Server.
func (s *prosody) Start(ctx context.Context) error {
	if err := errors.Join(os.RemoveAll(s.config.path("data")), s.accounts()); err != nil {
		return err
	}
	command := exec.Command("prosody", "--config", s.config.path("prosody.cfg.lua"), "-F")
	command.Env = append(os.Environ(), "HOME="+s.config.Folder)
	command.Dir = s.config.Folder
	return s.run(ctx, command, s.listens)
}
