package codec

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/godwit-im/godwit/bench/corpus"
)

// Run measures, in rounds. It fails when two tools count differently. The streams are kept in a temporary folder meanwhile.
func Run(ctx context.Context, c Config) ([]Cell, error) {
	if c.Rounds < 1 || c.Passes < 1 || len(c.Corpora) == 0 || len(c.Pieces) == 0 {
		return nil, errors.New("nothing to measure: at least one corpus, size of pieces, round and pass")
	}
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	r := &runner{Config: c, all: c.tools(), order: rand.New(rand.NewPCG(c.Seed, 0))}
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
			r.tables = append(r.tables, &table{corpus: s, files: f, piece: piece})
		}
	}
	for round := range c.Rounds {
		if err := r.round(ctx, round); err != nil {
			return nil, err
		}
	}
	return r.cells(), nil
}

// write writes a stream to files.
func write(folder string, c *corpus.Corpus) (f files, err error) {
	f.stream = filepath.Join(folder, strings.ReplaceAll(c.Name, "/", "-"))
	f.ends = f.stream + ".ends"
	var ends strings.Builder
	for _, end := range c.Ends {
		fmt.Fprintln(&ends, end)
	}
	return f, errors.Join(os.WriteFile(f.stream, c.Stream, 0o600), os.WriteFile(f.ends, []byte(ends.String()), 0o600))
}

// runner is a run.
type runner struct {
	Config
	all    []tool
	tables []*table
	order  *rand.Rand
}

// table is what was measured of one stream in pieces of one size.
type table struct {
	corpus  *corpus.Corpus
	files   files
	piece   int
	reports [][]Report // of each round, of each tool
}

// round gives every tool its turn at everything.
func (r *runner) round(ctx context.Context, round int) error {
	for i, t := range r.tables {
		r.Progress("round %d of %d: %s, pieces %s (%d of %d)", round+1, r.Rounds, t.corpus.Name, PieceName(t.piece), i+1, len(r.tables))
		reports := make([]Report, len(r.all))
		for _, i := range r.order.Perm(len(r.all)) {
			var err error
			if reports[i], err = r.all[i].run(ctx, t.files, t.piece, r.Passes); err != nil {
				return fmt.Errorf("%s, pieces %s: %w", t.corpus.Name, PieceName(t.piece), err)
			}
		}
		t.reports = append(t.reports, reports)
		if err := r.agree(t, reports); err != nil {
			return err
		}
	}
	return nil
}

// agree fails unless all tools have counted the same, and as many stanzas as there are.
func (r *runner) agree(t *table, reports []Report) error {
	for i := range reports {
		if got, want := reports[i].Counts, reports[0].Counts; got != want || got.Stanzas != int64(t.corpus.Elements()) {
			return fmt.Errorf("%s, pieces %s, of %d stanzas: %s counts %+v, %s counts %+v",
				t.corpus.Name, PieceName(t.piece), t.corpus.Elements(), r.all[0].name, want, r.all[i].name, got)
		}
	}
	return nil
}

// PieceName returns the size of pieces as people write it: a number of bytes, or "whole".
func PieceName(piece int) string {
	if piece == corpus.Whole {
		return "whole"
	}
	return fmt.Sprint(piece)
}
