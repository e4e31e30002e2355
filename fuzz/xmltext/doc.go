// Package xmltext tries the XML decoder and encoder on inputs that nobody thought of.
//
// [Read] feeds a stream to a decoder in pieces and writes down what comes out, so that ways of cutting can be compared; the tests of
// codec/xmltext use it as well. FuzzDecode compares cuttings and checks that what was read and written is read as the same; FuzzEncode
// builds Trees of arbitrary strings and checks that the output is well-formed. The seeds are the shared corpora (fuzz/corpus).
//
// TestExpat compares verdicts and events with expat on the corpora and on mutations of them; it runs when GODWIT_EXPAT=1 is set, and needs python3
// with its standard library. GODWIT_MUTATIONS says how many mutations, GODWIT_SEED with which seed.
package xmltext
