package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/bench/codec"
)

// A small run of the real thing: processes, streams, and a comparison with encoding/xml and with another build, which is the same.
func TestBenchCodec(t *testing.T) {
	t.Parallel()
	args := []string{"bench", "codec", "--rounds", "1", "--passes", "2", "--corpus", "traffic,hostile/prefixes", "--bytes", "50000", "--pieces", "whole,100",
		"--build", "same=" + binary}
	r := cli(t, "", args...)
	r.wants(t, 0, "MB/s", "without --peers: not compared with expat and libxml2")
	for _, want := range []string{"×encoding/xml", "×same", " traffic ", " hostile/prefixes ", " whole ", " 100 ", "godwit ("} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in\n%s", want, r.out)
		}
	}
	var report codecReport
	if err := json.Unmarshal([]byte(cli(t, "", append(args, "--json")...).out), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Cells) != 4 || report.Machine == "" || len(report.Cells[0].Tools) != 3 || report.Cells[0].Tools[0].Ratios["encoding/xml"] <= 0 {
		t.Errorf("%+v", report)
	}
}

func TestBenchCodecInstructions(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("valgrind"); err != nil {
		t.Skip("no instructions are counted: ", err)
	}
	r := cli(t, "", "bench", "codec", "--instructions", "--corpus", "traffic", "--bytes", "50000", "--at-most", "traffic=0.5")
	if r.code != 1 || !strings.Contains(r.out, "instructions/byte") || !strings.Contains(r.err, "instructions a byte, over 0.5") {
		t.Errorf("%+v", r)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	counts := []codec.InstructionCount{
		{Corpus: "traffic", Tool: "godwit", Own: true, PerByte: 7.5},
		{Corpus: "traffic", Tool: "expat", PerByte: 70},
		{Corpus: "examples", Tool: "godwit", Own: true, PerByte: 11},
	}
	for _, c := range []struct {
		bounds map[string]float64
		want   string
	}{
		{nil, ""},
		{map[string]float64{"traffic": 7.5}, ""},
		{map[string]float64{"traffic": 7.5, "examples": 10.5}, "examples, pieces whole: godwit executes 11.00 instructions a byte, over 10.5"},
	} {
		if err := judge(counts, c.bounds); err == nil && c.want != "" || err != nil && err.Error() != c.want {
			t.Errorf("%v: %v, want %q", c.bounds, err, c.want)
		}
	}
}

func TestBenchCodecSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, test := range []struct{ args, want string }{
		{"--peers " + folder, "build the peers with bench/peers/build.sh " + folder},
		{"--corpus trafic", `--corpus: there is no corpus "trafic": write one of traffic, `},
		{"--pieces 0", `--pieces "0": write a number of bytes, or whole`},
		{"--pieces all", `--pieces "all": write a number of bytes, or whole`},
		{"--rounds 0", "--rounds and --passes: at least 1"},
		{"--bytes -1", "--bytes: "},
		{"--at-most traffic=7", "write --instructions too"},
		{"--instructions --at-most traffic=x", "write a number of instructions a byte"},
		{"--instructions --at-most hostile=7", "not among what --corpus names"},
		{"--corpus traffic --bytes 5000 --rounds 1 --build old=/nowhere/godwit", "old: "},
		{"--corpus traffic --bytes 5000 --rounds 1 --variant sse1", "variant sse1: this build on this machine has used"},
		{"measure godwit", "usage: PARSER STREAM ENDS PIECE PASSES"},
		{"everything", `unknown command "everything"`},
	} {
		r := cli(t, "", append([]string{"bench", "codec"}, strings.Fields(test.args)...)...)
		if r.code != 1 || !strings.Contains(r.err, test.want) {
			t.Errorf("bench codec %s: exit %d, %q, want %q", test.args, r.code, r.err, test.want)
		}
	}
}

func TestBenchCodecCompletions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ flag, want string }{
		{"--corpus", "hostile/base64"},
		{"--pieces", "whole\n"},
		{"--variant", "avx512\navx2\nnone\n"},
		{"--peers", ":16"},
	} {
		cli(t, "", "__complete", "bench", "codec", test.flag, "").wants(t, 0, test.want, "")
	}
	if r := cli(t, "", "bench", "codec", "--help"); strings.Contains(r.out, "measure ") || !strings.Contains(r.out, "bench/peers/build.sh FOLDER") {
		t.Errorf("the help shows what is for its own processes, or not how to build peers:\n%s", r.out)
	}
}
