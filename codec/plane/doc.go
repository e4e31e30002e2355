// Package plane marks the bytes of a text that matter to an XML tokenizer, one bit a byte, and validates UTF-8 in the same pass.
//
// A plane is a row of bits, one for each byte of a piece of text: bit i belongs to byte i. [Classify] writes two of them, so a tokenizer that stands
// somewhere can find the end of what it reads by counting zeros instead of looking at bytes:
//
//	text   <a to='x'>H·· &amp; y]</a>     (·· is é, two bytes)
//	Value  10000010100000100000001000     may end a value: ' " < & or a control character
//	Text   10000000000000100000011000     may end a text: < & ] or a control character
//
// To read the value of the attribute above a tokenizer that stands at byte 7 shifts the Value plane right by 7 and counts the zeros: one. At 7+1 it finds
// the quote that it wants, so the value is x, and nothing in it can be wrong. In the text from byte 10 on the Text plane's first one is at the &, so
// something has to be done there.
//
// Why these: the first set bit at or after a position is either the delimiter that is expected there or something that needs care, so one comparison with
// the byte found does all checks of a value or a text. One plane for both would stop a text at each apostrophe, and a value at each bracket. Nothing can hide
// between: control characters stop a value and a text, and a byte that is not of a valid UTF-8 character of XML makes Classify stop before the block of 64
// bytes that shows it.
//
// Why there is none for names: there was one, with a bit for each byte that no name has, until tokenizers came to recognise the names of traffic as a whole.
// A fifth of the work of Classify went into it, for one name in forty: those are short, and are read byte by byte.
//
// Behind the last byte all planes are ones (the sentinel), so a search ends there without counting.
//
// # Invariants
//
// For n = Classify(p, text):
//
//   - 0 ≤ n ≤ len(text), n ≤ Window, and bit i of each plane is right for i < n; bits n to n+63 are ones.
//   - If text[i], i < n, is ASCII then text[:i] is UTF-8, without U+FFFE and U+FFFF. (A character may be cut off at n.)
//
// text must begin with a whole character.
//
// # Kernels
//
// There is one routine for AVX2 and one for AVX-512 (BW and VBMI), written by the generator in _gen, and a plain one in Go that says the same in the
// simplest way: it is the reference that the tests compare with, and much too slow for anything else. Without SIMD another tokenizer is faster than any planes,
// so [Usable] tells whether to use planes at all. The build tag purego leaves the assembly out; the environment variable GODWIT_SIMD (avx512,
// avx2, reference or none) chooses a kernel for tests and measurements.
package plane

//go:generate sh -c "cd _gen && go run . -out ../classify_amd64.s -stubs ../stubs_amd64.go -pkg plane"
