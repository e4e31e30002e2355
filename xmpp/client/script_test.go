package client_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// TestDialogues plays testdata/*.txt, each once more with a server whose bytes come one by one. Lines that begin with white space continue the one before; those that begin with # are remarks. The others are
//
//	config KEY=VALUE …      what the client is told, before anything else; see setOption
//	C TEXT                  the client must say this next; {name} stands for anything, the same each time
//	S TEXT                  the server says this; {name} is what it stood for
//	C-open [TEXT]           the client must open the stream, with these attributes in its header
//	S-open TEXT             the server opens the stream and offers these features
//	login [TEXT]            a whole login; the server offers these features with binding
//	login-unbound [TEXT]    … up to those features
//	login-bind              … the rest
//	S-tls                   the server does its half of TLS
//	S-tls-fails             … and the client refuses
//	S-scram MECHANISM PASSWORD   the client must log in with this mechanism; ends with <success/>
//	S-scram-unbound …       … to a server without channel bindings
//	S-link PATTERN          the server does its half of the link's handshake, which must be this; of XXfallback it knows no device any more
//	S-link-fails            … and one of them refuses
//	S-link-refuses          … or the server refuses, because it has another key and cannot prove it
//	S-garbage               the server writes what is no frame
//	S-next                  the client must connect again
//	again                   the application dials again, with the link's keys of the time before
//	resume                  … to go on with the stream, and with what is known of the server, as the application kept them
//	known                   … with what is known of the server, in a new stream
//	S-gone                  the client must close the connection
//	S-cut                   the server closes the connection
//	A COMMAND ARGUMENTS     what the application does, or must see; see application
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, file, false)
		})
		if name == "tls-injected" {
			continue // is about what comes in one piece
		}
		t.Run(name+"/slowly", func(t *testing.T) {
			t.Parallel()
			play(t, file, true)
		})
	}
}

// scene is a dialogue being played.
type scene struct {
	t      *testing.T
	ctx    context.Context
	where  string
	slow   bool
	cfg    client.Config
	accept func() *peer
	peer   *peer
	conn   *client.Conn
	words  map[string]string // what {name} stands for
	offer  []string          // the mechanisms that the server has offered last
	dialed chan error
	later  chan outcome
}

// outcome is what something that takes time has led to.
type outcome struct {
	stanza *client.Stanza
	items  []client.RosterItem
	err    error
}

func play(t *testing.T, file string, slow bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s := &scene{t: t, ctx: ctx, slow: slow, words: map[string]string{}, later: make(chan outcome, 4)}
	s.cfg = client.Config{
		JID: jid.MustParse("juliet@example.com"), Password: "secret", TLS: clientTLS(), Mode: client.Plain,
	}
	s.cfg.Address, s.accept = listen(t)
	for _, line := range scriptLines(t, file) {
		s.where = line.where
		for _, text := range expand(line.text) {
			s.line(text)
		}
	}
	if s.conn != nil {
		s.conn.Abort()
	}
}

type scriptLine struct{ where, text string }

func scriptLines(t *testing.T, file string) (lines []scriptLine) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		text := scanner.Text()
		switch {
		case strings.HasPrefix(text, "#") || strings.TrimSpace(text) == "":
		case text[0] == ' ' || text[0] == '\t':
			lines[len(lines)-1].text += strings.TrimSpace(text)
		default:
			lines = append(lines, scriptLine{fmt.Sprintf("%s:%d", file, n), text})
		}
	}
	return lines
}

// expand returns the lines that an abbreviation stands for.
func expand(line string) []string {
	const namespaces = ` xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'`
	const saslNS = `xmlns='urn:ietf:params:xml:ns:xmpp-sasl'`
	const bindNS = `xmlns='urn:ietf:params:xml:ns:xmpp-bind'`
	what, rest, _ := strings.Cut(line, " ")
	switch what {
	case "C-open":
		if rest != "" {
			rest += " "
		}
		return []string{`C <?xml version='1.0'?><stream:stream ` + rest + `to='example.com' version='1.0'` + namespaces + `>`}
	case "S-open":
		return []string{
			`S <?xml version='1.0'?><stream:stream from='example.com' id='s1' version='1.0'` + namespaces + `>` +
				`<stream:features>` + rest + `</stream:features>`,
		}
	case "login":
		return slices.Concat(expand("login-unbound "+rest), expand("login-bind"))
	case "login-unbound":
		return slices.Concat(
			[]string{"config mode=plain mechanisms=PLAIN resource=balcony"},
			expand("C-open"), expand(`S-open <mechanisms `+saslNS+`><mechanism>PLAIN</mechanism></mechanisms>`),
			[]string{`C <auth ` + saslNS + ` mechanism='PLAIN'>AGp1bGlldABzZWNyZXQ=</auth>`, `S <success ` + saslNS + `/>`},
			expand("C-open"), expand(`S-open <bind `+bindNS+`/>`+rest),
		)
	case "login-bind":
		return []string{
			`forget bind`,
			`C <iq id='{bind}' type='set'><bind ` + bindNS + `><resource>balcony</resource></bind></iq>`,
			`S <iq id='{bind}' type='result'><bind ` + bindNS + `><jid>juliet@example.com/balcony</jid></bind></iq>`,
		}
	}
	return []string{line}
}

func (s *scene) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s: %s", s.where, fmt.Sprintf(format, args...))
}

func (s *scene) check(err error) {
	s.t.Helper()
	if err != nil {
		s.fatalf("%v", err)
	}
}

// line does one line of the script.
func (s *scene) line(text string) {
	what, rest, _ := strings.Cut(text, " ")
	if what == "config" {
		for option := range strings.FieldsSeq(rest) {
			key, value, _ := strings.Cut(option, "=")
			s.setOption(key, value)
		}
		return
	}
	switch what {
	case "forget":
		delete(s.words, rest)
		return
	case "again":
		s.cfg.Link = s.conn.LinkKeys()
		s.peer = nil
	case "resume":
		s.cfg.Resumption = s.kept()
		s.known()
		s.peer = nil
	case "known":
		s.cfg.Resumption = nil
		s.known()
		s.peer = nil
	}
	if s.peer == nil {
		s.dial()
	}
	switch what {
	case "again", "resume", "known":
	case "C":
		heard, err := s.peer.hear()
		s.check(err)
		s.match(rest, heard)
	case "S":
		if names := offered.FindAllStringSubmatch(rest, -1); names != nil {
			s.offer = nil
			for _, n := range names {
				s.offer = append(s.offer, n[1])
			}
		}
		// The client may close before the last bytes, of which it needs none: what it must have said until then, the next lines tell.
		if err := s.peer.say(s.fill(rest)); !closedByPeer(err) {
			s.check(err)
		}
		if strings.Contains(rest, "<proceed") || strings.Contains(rest, "<success xmlns='urn:ietf:") {
			s.peer.restart = true
		}
	case "S-tls":
		s.check(s.peer.startTLS())
	case "S-tls-fails":
		if s.peer.startTLS() == nil {
			s.fatalf("the client trusts anybody")
		}
	case "S-scram":
		mechanism, password, _ := strings.Cut(rest, " ")
		s.scram(mechanism, password, s.peer.bindings())
	case "S-scram-unbound":
		mechanism, password, _ := strings.Cut(rest, " ")
		s.scram(mechanism, password, nil)
	case "S-link":
		s.check(s.peer.startLink(linkServer(rest == "XXfallback")))
		if got := s.peer.session.Pattern().String(); got != rest {
			s.fatalf("the handshake is %s", got)
		}
	case "S-link-fails", "S-link-refuses":
		server := linkServer(false)
		if what == "S-link-refuses" {
			server = otherServer()
		}
		if s.peer.startLink(server) == nil {
			s.fatalf("the handshake succeeds")
		}
		s.check(s.peer.conn.Close())
	case "S-garbage":
		_, err := s.peer.conn.Write(append([]byte{20}, make([]byte, 20)...))
		s.check(err)
	case "S-next":
		s.accepted()
	case "S-gone":
		s.check(s.peer.gone())
	case "S-cut":
		s.check(s.peer.conn.Close())
	case "A":
		command, arguments, _ := strings.Cut(rest, " ")
		s.application(command, arguments)
	default:
		s.fatalf("what is %q?", what)
	}
}

func (s *scene) setOption(key, value string) {
	n, _ := strconv.Atoi(value)
	switch key {
	case "mode":
		s.cfg.Mode = map[string]client.Mode{"starttls": client.StartTLS, "direct": client.DirectTLS, "plain": client.Plain, "link": client.Link}[value]
	case "jid":
		s.cfg.JID = jid.MustParse(value)
	case "resource":
		s.cfg.Resource = value
	case "password":
		s.cfg.Password = value
	case "lang":
		s.cfg.Lang = value
	case "mechanisms":
		s.cfg.Mechanisms = strings.Split(value, ",")
	case "needbinding":
		s.cfg.NeedBinding = true
	case "nosasl2":
		s.cfg.NoSASL2 = true
	case "agent":
		s.cfg.AgentID = value
	case "sm":
		s.cfg.SM = true
	case "resume":
		s.cfg.Resume = true
	case "bind2":
		s.cfg.Bind2 = true
	case "archive":
		s.cfg.Archive = &client.Place{ID: value}
	case "resumefor":
		s.cfg.ResumeFor = time.Duration(n) * time.Second
	case "location":
		s.cfg.Address = ""
	case "compression":
		s.cfg.Compression = value
	case "ackevery":
		s.cfg.AckEvery = n
	case "queue":
		s.cfg.Queue = n
	case "owniq":
		s.cfg.OwnIQ = true
	case "known":
		key := linkKey()
		s.cfg.Link.Server = key.Public[:]
	case "untrusted":
		s.cfg.TLS = nil
	default:
		s.fatalf("what is the option %q?", key)
	}
}

// kept returns the resumption as a program finds it that has kept it over its own restart.
func (s *scene) kept() *client.Resumption {
	r := s.conn.Resumption()
	if r == nil {
		s.fatalf("the stream cannot be resumed")
	}
	text, err := json.Marshal(r)
	s.check(err)
	r = new(client.Resumption)
	s.check(json.Unmarshal(text, r))
	return r
}

// known keeps what is known of the server, as a program does.
func (s *scene) known() {
	if s.cfg.Archive != nil {
		s.cfg.Archive = s.conn.Place()
	}
	text, err := json.Marshal(s.conn.Known())
	s.check(err)
	s.cfg.Known = nil
	s.check(json.Unmarshal(text, &s.cfg.Known))
}

// dial has the client begin.
func (s *scene) dial() {
	s.dialed = make(chan error, 1)
	cfg := s.cfg // lines that follow may change it
	go func() {
		var err error
		s.conn, err = client.Dial(s.ctx, cfg)
		s.dialed <- err
	}()
	s.accepted()
}

func (s *scene) accepted() {
	s.peer = s.accept()
	s.peer.slow = s.slow
}

var placeholder = regexp.MustCompile(`\\\{(\w+)\\\}`)

// match compares what was heard with the script, and learns what names stand for.
func (s *scene) match(want, got string) {
	s.t.Helper()
	var names []string
	pattern := placeholder.ReplaceAllStringFunc(regexp.QuoteMeta(want), func(p string) string {
		name := placeholder.FindStringSubmatch(p)[1]
		if value, ok := s.words[name]; ok {
			return regexp.QuoteMeta(value)
		}
		names = append(names, name)
		return `([^<>'"]*)`
	})
	m := regexp.MustCompile("^" + pattern + "$").FindStringSubmatch(got)
	if m == nil {
		s.fatalf("\n got %s\nwant %s", got, want)
	}
	for i, name := range names {
		s.words[name] = m[i+1]
	}
}

// fill puts in what names stand for.
func (s *scene) fill(text string) string {
	for name, value := range s.words {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

var offered = regexp.MustCompile(`<mechanism>([^<]*)</mechanism>`)

// scram is the server's half of a SASL exchange with a real password.
func (s *scene) scram(mechanism, password string, bindings []sasl.ChannelBinding) {
	credentials, err := sasl.NewCredentials(password, sasl.MinIterations, nil)
	s.check(err)
	server, err := sasl.NewServer(mechanism, sasl.ServerConfig{
		Host: jid.MustParse("example.com"), Allowed: s.offer, TLS: true, ChannelBindings: bindings, Secret: make([]byte, 16),
	})
	s.check(err)
	_, e, err := s.peer.next()
	s.check(err)
	if got := string(e.Attr(atom.Mechanism)); got != mechanism {
		s.fatalf("the client chose %q", got)
	}
	for {
		message, err := base64.StdEncoding.DecodeString(string(e.Text()))
		s.check(err)
		answer, state, err := server.Step(message)
		s.check(err)
		if state == sasl.NeedCredentials {
			server.SetCredentials(credentials, true)
			answer, state, err = server.Step(nil)
			s.check(err)
		}
		name := "challenge"
		if state == sasl.Done {
			name = "success"
		}
		text := base64.StdEncoding.EncodeToString(answer)
		s.check(s.peer.say(fmt.Sprintf("<%s xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</%[1]s>", name, text)))
		if state == sasl.Done {
			s.peer.restart = true
			return
		}
		event, next, err := s.peer.next()
		s.check(err)
		if e = next; event != codec.EventElement || !e.Is(atom.NSSASL, atom.Response) {
			s.fatalf("the client says no <response/>")
		}
	}
}
