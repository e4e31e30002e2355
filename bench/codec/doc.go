// Package codec measures how fast the XML decoder is, against expat, libxml2 and encoding/xml on the same streams.
//
// # What is measured
//
// A pass reads one stream of bench/corpus from its header to its end with a fresh parser, which gets it in pieces. The decoder writes each element into the
// loop's Tree, whose nodes are then all visited, as a consumer would: elements, attributes and bytes of text are counted. The others count in
// their callbacks (bench/peers says what they check), encoding/xml by Token. All have to count the same, or the run fails.
//
// Every measurement is a process of its own, which runs a few passes on one processor and reports the fastest: this package's [Child] for the
// decoder and encoding/xml, programs of bench/peers for the others. Time is processor time, so that a machine with other work to do
// does not count; that other work still takes cache and clock from all of them.
//
// # Rounds
//
// In a round each tool has its turn at each stream and size of pieces, the tools in random order. Reported is the median over the rounds, and the ratios are
// medians of ratios within one round: what slows a machine down for minutes slows both sides. MB are 10^6 bytes.
//
// # Variants
//
// The decoder has variants for different processors: those of codec/plane, and "none", which does without planes. GODWIT_SIMD in a process's environment
// chooses one, and a child says which it has used: a variant that is asked for and not used is an error, never a figure under a wrong name.
//
// # Instructions
//
// [Instructions] counts instead of timing: valgrind runs a child twice, with one pass and with three, and half of the difference is
// a pass. That is repeatable to the per mille under any load, so a bound on it can be a test. Valgrind has no AVX-512: it counts what AVX2 does.
package codec
