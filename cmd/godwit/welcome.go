package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// localServer is what localserve tells of itself.
type localServer struct {
	Domain      string         `json:"domain"`
	Data        string         `json:"data"`
	Certificate string         `json:"certificate"`
	C2S         string         `json:"c2s"`
	TLS         string         `json:"c2s-tls"`
	Link        string         `json:"link"`
	Accounts    []localAccount `json:"accounts"`
}

// Self is the command that runs this binary.
func (localServer) Self() string { return selfCommand(os.Args[0]) }

// Port is the port of C2S.
func (l localServer) Port() string {
	_, port, _ := net.SplitHostPort(l.C2S)
	return port
}

// Shell quotes a word for a shell.
func (localServer) Shell(word string) string {
	if strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,", r)
	}) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// selfCommand is what to type for the binary that was started as arg0: go run leaves nothing that could be started again.
func selfCommand(arg0 string) string {
	if strings.Contains(arg0, string(filepath.Separator)+"go-build") {
		return "go run ./cmd/godwit"
	}
	return arg0
}

var welcome = template.Must(template.New("welcome").Parse(`Godwit serves {{.Domain}} to this machine. Ctrl-C ends it; the data stays in {{.Data}}.

{{range .Accounts}}  {{printf "%-16s" .JID}}  {{or .Password "(changed with godwit user passwd)"}}
{{end}}
  XMPP, STARTTLS    {{.C2S}}
  XMPP over TLS     {{.TLS}}
  link              {{.Link}}
  link in TLS       {{.Link}} and {{.TLS}} (ALPN godwit-link/1)
  link in WebSocket wss://{{.Link}}/link and wss://{{.TLS}}/link
  certificate       {{.Certificate}} (self-signed)

Talk to yourself, in two other terminals:
{{$l := .}}{{with index .Accounts 0}}
  GODWIT_PASSWORD={{or .Password "…"}} {{$l.Self}} chat --user {{.JID}} --server {{$l.Link}} --ca {{$l.Shell $l.Certificate}} bob@localhost
{{- end}}{{with index .Accounts 1}}
  GODWIT_PASSWORD={{or .Password "…"}} {{$l.Self}} chat --user {{.JID}} --server {{$l.Link}} --ca {{$l.Shell $l.Certificate}} alice@localhost
{{end}}
Or with clients that you know:

  profanity   /connect carol@localhost server 127.0.0.1 port {{.Port}} tls trust
  Gajim       add the account carol@localhost; Advanced: host 127.0.0.1, port {{.Port}}, STARTTLS; accept the certificate
`))

// welcome says how to connect.
func (l localServer) welcome(w io.Writer) error { return welcome.Execute(w, l) }
