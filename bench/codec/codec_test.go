package codec

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/bench/peers"
)

// TestMain lets the test's own binary be the processes that measure: one that is right, and one that counts a stanza too few.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "measure" && os.Args[1] != "miscount" {
		os.Exit(m.Run())
	}
	var out bytes.Buffer
	if err := Child(os.Args[2:], &out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	text := out.String()
	if os.Args[1] == "miscount" {
		text = strings.Replace(text, `"Attributes":`, `"Attributes":1`, 1)
	}
	fmt.Print(text)
}

// self is the command of a process that measures.
func self(how string) []string { return []string{os.Args[0], how} }

// buildPeers returns the peers, or says why there are none.
func buildPeers(t *testing.T) (all []Program) {
	t.Helper()
	folder := t.TempDir()
	out, err := exec.Command("bash", filepath.Join("..", "peers", "build.sh"), "--no-install", folder).CombinedOutput()
	if err != nil {
		t.Logf("NOT compared with expat and libxml2, which cannot be built here: %s (%v)", bytes.TrimSpace(out), err)
		return nil
	}
	paths, err := peers.Find(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		all = append(all, Program{Name: filepath.Base(path), Command: []string{path}})
	}
	return all
}

// The decoder, encoding/xml and the peers find the same in every corpus, however it is cut; the decoder allocates nothing once its buffers have grown.
func TestRun(t *testing.T) {
	c := Config{
		Self: self("measure"), Rounds: 2, Passes: 3, Peers: buildPeers(t), Builds: []Program{{Name: "same", Command: self("measure")}},
		Corpora: append(corpus.Hostile(20_000), corpus.Traffic(1, 200_000), corpus.Examples(1, 200_000)),
		Pieces:  []int{16 << 10, 61, 1, corpus.Whole},
	}
	if testing.Short() {
		c.Rounds, c.Pieces, c.Corpora = 1, c.Pieces[:2], c.Corpora[6:]
	}
	cells, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != len(c.Corpora)*len(c.Pieces) {
		t.Fatalf("%d cells", len(cells))
	}
	for _, cell := range cells {
		if want := len(c.Peers) + 3; len(cell.Tools) != want || len(cell.Tools[0].Ratios) != want-1 || len(cell.Tools[1].Ratios) != want-2 {
			t.Fatalf("%s: %d tools, want %d: %+v", cell.Corpus, len(cell.Tools), want, cell.Tools)
		}
		for _, r := range cell.Tools {
			if r.MBps <= 0 || r.Slowest > r.MBps || r.Fastest < r.MBps || r.Nanoseconds <= 0 {
				t.Errorf("%s, %s: no speed: %+v", cell.Corpus, r.Tool, r)
			}
			switch r.Tool {
			case Godwit:
				if r.Kernel == "" || *r.Allocations != 0 && !raceEnabled {
					t.Errorf("%s, pieces %s: variant %q, %v allocations a stanza", cell.Corpus, PieceName(cell.Piece), r.Kernel, *r.Allocations)
				}
			case EncodingXML:
				if *r.Allocations < 1 {
					t.Errorf("%s: encoding/xml allocates %v times a stanza: are they counted?", cell.Corpus, *r.Allocations)
				}
			}
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	good := Config{Self: self("measure"), Rounds: 1, Passes: 1, Corpora: []*corpus.Corpus{corpus.Traffic(1, 20_000)}, Pieces: []int{64}}
	broken := *good.Corpora[0]
	broken.Stream = bytes.Clone(broken.Stream)
	broken.Stream[len(broken.Stream)-2] = 'x'
	for _, c := range []struct {
		what, want string
		change     func(c *Config)
	}{
		{"a tool counts otherwise", "liar counts", func(c *Config) { c.Builds = []Program{{"liar", self("miscount")}} }},
		{"a variant that is not there", "variant sse1: this build on this machine has used", func(c *Config) { c.Variants = []string{"sse1"} }},
		{"a stream that is not well-formed", "traffic, pieces 64: ", func(c *Config) { c.Corpora = []*corpus.Corpus{&broken} }},
		{"a program that is not there", "no such file", func(c *Config) { c.Peers = []Program{{"none", []string{"/nowhere"}}} }},
		{"a program that reports nothing", `its report ""`, func(c *Config) { c.Peers = []Program{{"true", []string{"true"}}} }},
		{"no rounds", "nothing to measure", func(c *Config) { c.Rounds = 0 }},
	} {
		config := good
		c.change(&config)
		if _, err := Run(t.Context(), config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
}

func TestChildSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ends")
	if err := os.WriteFile(file, []byte("7\n3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"", "usage"},
		{"expat a b 1 1", `no parser "expat"`},
		{"godwit a b -1 1", "pieces"},
		{"godwit a b 1 0", "passes"},
		{"godwit /nowhere b 1 1", "no such file"},
		{"godwit " + file + " " + file + " 0 1", "not in its place"},
		{"godwit " + file + " " + file + " 1 1", "godwit: "},
		{"encoding/xml " + os.DevNull + " x 1 1", ""},
	} {
		var out bytes.Buffer
		err := Child(strings.Fields(c.args), &out)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.args, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}

func TestInstructions(t *testing.T) {
	if _, err := exec.LookPath("valgrind"); err != nil {
		t.Skip("no instructions are counted: ", err)
	}
	if raceEnabled {
		t.Skip("valgrind does not run programs with the race detector")
	}
	c := Config{Self: self("measure"), Corpora: []*corpus.Corpus{corpus.Traffic(1, 100_000)}, Pieces: []int{16 << 10}}
	counts, err := Instructions(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(counts) != 1 || !counts[0].Own || counts[0].PerByte < 1 || counts[0].PerByte > 100 {
		t.Errorf("%+v: a decoder with a walk cannot need less than 1 instruction a byte, and has never needed 100", counts)
	}
	c.Variants = []string{"sse1"}
	if _, err := Instructions(t.Context(), c); err == nil || !strings.Contains(err.Error(), "variant sse1") {
		t.Errorf("a variant that is not there: %v", err)
	}
}

func TestInstructionsWithoutValgrind(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Instructions(t.Context(), Config{}); err == nil || !strings.Contains(err.Error(), "bench/peers/build.sh") {
		t.Errorf("%v", err)
	}
}
