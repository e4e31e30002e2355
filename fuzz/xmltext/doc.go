// Package xmltext tries the XML decoder and encoder on inputs that nobody thought of.
//
// The judge is the plain parser (fuzz/plain): of any bytes, however they are cut, the decoder has to say the same, event for event, node for node and
// byte for byte. TestAgainstPlain tries generated and mutated streams in volume (trial_test.go is one execution; generator_test.go, grammar_test.go,
// mutate_test.go and pieces_test.go make the streams and cut them). Its flags:
//
//	-executions 1000000000   how many streams, each way of cutting counted; -timeout 0 goes with it
//	-seed 1                  the same streams again
//	-from 4711               begin with this one
//	-parallel 4              with so many workers, not one a core
//
// It is worth running with each kernel of the decoder: GODWIT_SIMD=avx512, avx2 and none, and the build tag purego.
//
// FuzzDecode is the same for inputs that Go's fuzzer finds, FuzzEncode builds Trees of arbitrary strings and checks that the output is well-formed. The seeds
// are the shared corpora (fuzz/corpus).
//
// TestExpat compares the plain parser with expat, through expat.c; it runs when GODWIT_EXPAT=1 is set, and needs a C compiler and expat's header.
//
// [Read] feeds a stream to a decoder in pieces and writes down what comes out; the tests of codec/xmltext use it as well.
package xmltext
