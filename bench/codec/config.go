package codec

import "github.com/godwit-im/godwit/bench/corpus"

// Config says what to measure.
type Config struct {
	Self     []string         // a command that ends in Child: the arguments are appended
	Corpora  []*corpus.Corpus // the streams
	Pieces   []int            // sizes of pieces in bytes; corpus.Whole for whole elements
	Rounds   int              // how many rounds, at least 1
	Passes   int              // how many passes each process makes, at least 1
	Variants []string         // values of GODWIT_SIMD to measure; without any, the one that the decoder chooses
	Peers    []Program        // programs of bench/peers; may be empty
	Builds   []Program        // other builds of godwit to compare with, commands as Self; may be empty
	Seed     uint64           // of the order of tools

	Progress func(format string, a ...any) // told about each round; nil: nobody is
}

// Program is a command with the name to report it by.
type Program struct {
	Name    string
	Command []string
}

// Cell is the result for one stream and size of pieces.
type Cell struct {
	Corpus string
	Bytes  int // of the stream
	Piece  int // bytes; 0 is whole elements
	Counts Counts
	Tools  []Result // the decoder's variants first
}

// Result is the result of one tool. Speeds are processor time of one core.
type Result struct {
	Tool        string
	Own         bool    // it is this build's decoder
	Version     string  `json:",omitempty"`
	Kernel      string  `json:",omitempty"` // the decoder's variant that was used
	MBps        float64 // 10^6 bytes a second, the median of the rounds
	Slowest     float64 // MBps of the slowest round
	Fastest     float64 // MBps of the fastest
	Nanoseconds float64 // per stanza, the median

	// Allocations and Allocated (bytes) are per stanza, and not known for programs in C (nil).
	Allocations *float64 `json:",omitempty"`
	Allocated   *float64 `json:",omitempty"`

	// Ratios says of a decoder, this build's or another's, how many times as fast as a tool it is that is not this build's decoder: the
	// median of the rounds' ratios.
	Ratios map[string]float64 `json:",omitempty"`
}
