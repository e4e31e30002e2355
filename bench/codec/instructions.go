package codec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/godwit-im/godwit/bench/corpus"
)

// InstructionCount is how many instructions a tool needs.
type InstructionCount struct {
	Corpus  string
	Piece   int // bytes; 0 is whole elements
	Tool    string
	Own     bool    // it is the decoder of this build
	Kernel  string  `json:",omitempty"` // its variant that was used
	PerByte float64 // of the stream, what is done with the result included
}

// Instructions counts, with valgrind's callgrind, what the decoder's variants, other builds and the peers of c execute for each byte of a stream.
// Rounds, Passes and Seed of c do not matter, and encoding/xml is left out.
func Instructions(ctx context.Context, c Config) (all []InstructionCount, err error) {
	if _, err := exec.LookPath("valgrind"); err != nil {
		return nil, errors.New("valgrind is not installed: bench/peers/build.sh FOLDER installs it, or apt-get install valgrind")
	}
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	folder, err := os.MkdirTemp("", "godwit-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	for _, s := range c.Corpora {
		f, err := write(folder, s)
		if err != nil {
			return nil, err
		}
		for _, piece := range c.Pieces {
			for _, t := range c.tools() {
				if t.name == EncodingXML {
					continue
				}
				c.Progress("%s, pieces %s: %s", s.Name, PieceName(piece), t.name)
				n, err := t.perByte(ctx, filepath.Join(folder, "log"), f, s, piece)
				if err != nil {
					return nil, fmt.Errorf("%s, pieces %s: %w", s.Name, PieceName(piece), err)
				}
				all = append(all, n)
			}
		}
	}
	return all, nil
}

// The numbers of passes whose difference counts.
const fewPasses, morePasses = 1, 3

// perByte counts a tool's instructions for each byte of s: start and end of the process, and what happens once in it, cancel out.
func (t *tool) perByte(ctx context.Context, log string, f files, s *corpus.Corpus, piece int) (c InstructionCount, err error) {
	few, _, err := t.collect(ctx, log, f, piece, fewPasses)
	if err != nil {
		return c, err
	}
	more, r, err := t.collect(ctx, log, f, piece, morePasses)
	if err != nil {
		return c, err
	}
	if r.Counts.Stanzas != int64(s.Elements()) {
		return c, fmt.Errorf("%s counts %d stanzas, there are %d", t.name, r.Counts.Stanzas, s.Elements())
	}
	if more <= few {
		return c, fmt.Errorf("%s executes %d instructions for %d passes and %d for %d: they do not depend on the passes", t.name, few, fewPasses, more, morePasses)
	}
	return InstructionCount{
		Corpus: s.Name, Piece: piece, Tool: t.name, Own: t.own, Kernel: r.Kernel,
		PerByte: float64(more-few) / (morePasses - fewPasses) / float64(len(s.Stream)),
	}, nil
}

var collected = regexp.MustCompile(`Collected : (\d+)`)

// collect runs a tool under callgrind and returns how many instructions it has executed. Without garbage collection, and without the signals
// by which Go interrupts what runs for long, a Go program always executes nearly the same.
func (t *tool) collect(ctx context.Context, log string, f files, piece, passes int) (n int64, r Report, err error) {
	args := append([]string{"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-file=" + log}, t.arguments(f, piece, passes)...)
	if r, err = t.report(ctx, args, t.environment("GOGC=off", "GODEBUG=asyncpreemptoff=1")); err != nil {
		said, _ := os.ReadFile(log)
		return 0, r, fmt.Errorf("%w\n%s", err, said)
	}
	if err := t.judge(r); err != nil {
		return 0, r, err
	}
	said, err := os.ReadFile(log)
	if err != nil {
		return 0, r, err
	}
	m := collected.FindSubmatch(said)
	if m == nil {
		return 0, r, fmt.Errorf("valgrind does not say what it has collected:\n%s", said)
	}
	n, err = strconv.ParseInt(string(m[1]), 10, 64)
	return n, r, err
}
