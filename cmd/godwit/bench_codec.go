package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/bench/codec"
	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/bench/peers"
)

// codecOptions are the flags of bench codec.
type codecOptions struct {
	benchOptions
	rounds, passes, bytes int
	seed                  uint64
	corpora, pieces       []string
	peers                 string
	variants              []string
	builds                map[string]string
	instructions          bool
	atMost                map[string]string
}

// codecReport is what is printed as JSON.
type codecReport struct {
	Machine      string
	Cells        []codec.Cell             `json:",omitempty"`
	Instructions []codec.InstructionCount `json:",omitempty"`
}

// countedBytes is the size of streams for counting instructions, unless another is asked for: their number does not depend on it.
const countedBytes = 4_000_000

func newBenchCodec() *cobra.Command {
	o := codecOptions{rounds: 7, passes: 3, seed: 1, corpora: []string{"traffic", "examples", "hostile"}, pieces: []string{"16384", "1460", "64", "whole"}}
	cmd := o.command("codec", "Speed of the XML decoder against expat, libxml2 and encoding/xml",
		"Reads XML streams in pieces, with the decoder and with others in turn, and compares. Each measurement is a process of its own and reports\n"+
			"the fastest of its passes, in processor time. Printed are the medians of the rounds, and the medians of the ratios within a round.\n"+
			"All tools have to find as many elements, attributes, stanzas and bytes of text, or the command fails.\n\n"+
			"expat and libxml2 are programs that bench/peers/build.sh FOLDER builds; give the folder with --peers.", o.run)
	cmd.Example = "  godwit bench codec --peers FOLDER\n" +
		"  godwit bench codec --peers FOLDER --corpus traffic --pieces 16384 --variant avx2,none\n" +
		"  godwit bench codec --corpus traffic --build before=./godwit-before\n" +
		"  godwit bench codec --instructions --at-most traffic=20,examples=30"
	f := cmd.Flags()
	f.IntVar(&o.rounds, "rounds", o.rounds, "how many times each tool has its turn")
	f.IntVar(&o.passes, "passes", o.passes, "how often it reads the stream then; the fastest pass counts")
	f.StringSliceVar(&o.corpora, "corpus", o.corpora, "the streams: "+strings.Join(corpus.Names(), ", "))
	f.StringSliceVar(&o.pieces, "pieces", o.pieces, "how the streams are cut: bytes, or whole for whole stanzas")
	f.IntVar(&o.bytes, "bytes", o.bytes, "about how long each stream is; 0: 20 MB of traffic, 10.5 MB of examples, 5 MB of each hostile shape, to count instructions 4 MB")
	f.Uint64Var(&o.seed, "seed", o.seed, "of the streams, and of the order of the tools")
	f.StringVar(&o.peers, "peers", o.peers, "folder with the programs that bench/peers/build.sh has built; without it encoding/xml is all there is to compare with")
	f.StringSliceVar(&o.variants, "variant", o.variants, "variants of the decoder to measure, as "+codec.Variable+" names them: avx512, avx2, none; without it the one that it chooses")
	f.StringToStringVar(&o.builds, "build", o.builds, "NAME=PROGRAM, another build of godwit to compare with")
	f.BoolVar(&o.instructions, "instructions", o.instructions, "count the instructions for each byte, with valgrind, instead of time; of traffic and examples in pieces of 16384 unless told otherwise")
	f.StringToStringVar(&o.atMost, "at-most", o.atMost, "CORPUS=NUMBER, with --instructions: fail when the decoder needs more for each byte")
	_ = cmd.MarkFlagDirname("peers")
	fixed := func(flag string, words ...string) {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
	fixed("corpus", corpus.Names()...)
	fixed("pieces", "16384", "1460", "64", "whole")
	fixed("variant", "avx512", "avx2", "none")
	fixed("at-most", "traffic=", "examples=")
	cmd.AddCommand(newBenchCodecChild())
	return cmd
}

// newBenchCodecChild makes the command that bench codec runs for each measurement of a parser written in Go.
func newBenchCodecChild() *cobra.Command {
	return &cobra.Command{
		Use: "measure PARSER STREAM ENDS PIECE PASSES", Short: "Measure one parser in this process", Hidden: true, DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error { return codec.Child(args, cmd.OutOrStdout()) },
	}
}

func (o *codecOptions) run(cmd *cobra.Command) error {
	if len(o.atMost) > 0 && !o.instructions {
		return errors.New("--at-most bounds instructions: write --instructions too")
	}
	if o.instructions {
		return o.count(cmd)
	}
	c, err := o.config(cmd)
	if err != nil {
		return err
	}
	cells, err := codec.Run(cmd.Context(), c)
	if err != nil {
		return err
	}
	return printReports(cmd, &o.benchOptions, []codecReport{{Machine: o.machine(), Cells: cells}}, func(w io.Writer) { printCells(w, cells) })
}

// config makes what to measure of the flags.
func (o *codecOptions) config(cmd *cobra.Command) (c codec.Config, err error) {
	if o.rounds < 1 || o.passes < 1 {
		return c, errors.New("--rounds and --passes: at least 1")
	}
	if o.bytes < 0 {
		return c, errors.New("--bytes: not less than 0")
	}
	self, err := os.Executable()
	if err != nil {
		return c, err
	}
	c = codec.Config{
		Self: measuring(self), Rounds: o.rounds, Passes: o.passes, Seed: o.seed, Variants: o.variants,
		Progress: progress(cmd, ""),
	}
	if c.Peers, err = o.programs(cmd); err != nil {
		return c, err
	}
	for _, name := range slices.Sorted(maps.Keys(o.builds)) {
		c.Builds = append(c.Builds, codec.Program{Name: name, Command: measuring(o.builds[name])})
	}
	for _, name := range o.corpora {
		all, err := corpus.Named(name, o.seed, o.bytes)
		if err != nil {
			return c, fmt.Errorf("--corpus: %w", err)
		}
		c.Corpora = append(c.Corpora, all...)
	}
	for _, p := range o.pieces {
		n, err := strconv.Atoi(p)
		if p == "whole" {
			n, err = corpus.Whole, nil
		} else if n < 1 {
			err = errors.Join(err, errors.New("not positive"))
		}
		if err != nil {
			return c, fmt.Errorf("--pieces %q: write a number of bytes, or whole", p)
		}
		c.Pieces = append(c.Pieces, n)
	}
	return c, nil
}

// measuring is a program's command that ends in codec.Child.
func measuring(program string) []string { return []string{program, "bench", "codec", "measure"} }

// programs returns the peers.
func (o *codecOptions) programs(cmd *cobra.Command) (all []codec.Program, err error) {
	if o.peers == "" {
		if !o.instructions {
			fmt.Fprintln(cmd.ErrOrStderr(), "without --peers: not compared with expat and libxml2 (bench/peers/build.sh FOLDER builds them)")
		}
		return nil, nil
	}
	paths, err := peers.Find(o.peers)
	if err != nil {
		return nil, fmt.Errorf("--peers: %w", err)
	}
	for _, path := range paths {
		all = append(all, codec.Program{Name: filepath.Base(path), Command: []string{path}})
	}
	return all, nil
}

// printCells prints a table for each stream and size of pieces.
func printCells(w io.Writer, cells []codec.Cell) {
	var others []string // in the order of their rows
	for _, t := range cells[0].Tools {
		if !t.Own {
			others = append(others, t.Tool)
		}
	}
	fmt.Fprint(w, "corpus\tpieces\ttool\tMB/s\tslowest\tfastest\tns/stanza\tallocs/stanza\t")
	for _, name := range others {
		fmt.Fprintf(w, "×%s\t", name)
	}
	fmt.Fprintln(w)
	for _, c := range cells {
		for _, t := range c.Tools {
			allocs := "–"
			if t.Allocations != nil {
				allocs = fmt.Sprintf("%.3g", *t.Allocations)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t", c.Corpus, codec.PieceName(c.Piece), toolName(t.Tool, t.Kernel, t.Version),
				t.MBps, t.Slowest, t.Fastest, t.Nanoseconds, allocs)
			for _, name := range others {
				if ratio, ok := t.Ratios[name]; ok {
					fmt.Fprintf(w, "%.2f", ratio)
				}
				fmt.Fprint(w, "\t")
			}
			fmt.Fprintln(w)
		}
	}
}

// toolName returns a tool's name with its version, or with the variant that it has used.
func toolName(name, kernel, version string) string {
	switch {
	case version != "":
		return name + " " + version
	case kernel != "" && !strings.HasSuffix(name, " "+kernel):
		return fmt.Sprintf("%s (%s)", name, kernel)
	}
	return name
}

// count counts instructions, and judges them.
func (o *codecOptions) count(cmd *cobra.Command) error {
	changed := func(flag string) bool { return cmd.Flags().Changed(flag) }
	if !changed("corpus") {
		o.corpora = []string{"traffic", "examples"}
	}
	if !changed("pieces") {
		o.pieces = []string{"16384"}
	}
	if o.bytes == 0 {
		o.bytes = countedBytes
	}
	c, err := o.config(cmd)
	if err != nil {
		return err
	}
	bounds, err := o.bounds(c.Corpora)
	if err != nil {
		return err
	}
	counts, err := codec.Instructions(cmd.Context(), c)
	if err != nil {
		return err
	}
	if err := o.printCounts(cmd, counts); err != nil {
		return err
	}
	return judge(counts, bounds)
}

// bounds reads --at-most.
func (o *codecOptions) bounds(corpora []*corpus.Corpus) (map[string]float64, error) {
	all := make(map[string]float64)
	for name, text := range o.atMost {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n <= 0 {
			return nil, fmt.Errorf("--at-most %s=%s: write a number of instructions a byte", name, text)
		}
		if !slices.ContainsFunc(corpora, func(c *corpus.Corpus) bool { return c.Name == name }) {
			return nil, fmt.Errorf("--at-most %s: it is not among what --corpus names", name)
		}
		all[name] = n
	}
	return all, nil
}

func (o *codecOptions) printCounts(cmd *cobra.Command, counts []codec.InstructionCount) error {
	return printReports(cmd, &o.benchOptions, []codecReport{{Machine: o.machine(), Instructions: counts}}, func(w io.Writer) {
		fmt.Fprintln(w, "corpus\tpieces\ttool\tinstructions/byte\t")
		for _, c := range counts {
			fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t\n", c.Corpus, codec.PieceName(c.Piece), toolName(c.Tool, c.Kernel, ""), c.PerByte)
		}
	})
}

// judge returns an error for each count of the decoder's that is over its bound.
func judge(counts []codec.InstructionCount, bounds map[string]float64) (err error) {
	for _, c := range counts {
		if most, bounded := bounds[c.Corpus]; bounded && c.Own && c.PerByte > most {
			err = errors.Join(err, fmt.Errorf("%s, pieces %s: %s executes %.2f instructions a byte, over %g",
				c.Corpus, codec.PieceName(c.Piece), c.Tool, c.PerByte, most))
		}
	}
	return err
}
