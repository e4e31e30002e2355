// Package text codes what people write (bodies of messages, statuses, names) in about a third of its bytes, by a model that never changes.
//
// The model was trained once, by the program in the folder train, and is a part of the binary. Nothing is learned from the texts that are coded: the length of one tells
// nothing about another, there is no state to keep or to lose, and a text of two words is coded as well as a long one.
//
// # The model
//
// A text is a sequence of symbols: its code points, of which a hundred and fifty frequent pieces of words, of two to six Latin letters, are one symbol, and an end. What comes next is chosen
// from a list that depends on what came last. The context is the last symbols, as many as the model knows, at most three. Its list has the symbols that were seen there, with their weights, and leaves some weight to an escape, by which the choice goes to the list of the context that is shorter by a symbol; what was refused
// in the longer one is left out there (J. G. Cleary and I. H. Witten, "Data compression using adaptive coding and partial string matching", 1984, but frozen).
// Below the contexts of one symbol is what all else comes from: the class of the last symbol (a small letter, a Han character, a blank, ...) chooses a block of
// up to 64 symbols of one class, and a list of the block the symbol. A code point that is no symbol is written by its number.
//
// The contexts are an automaton: every choice says which context follows, namely the longest that the model has for what is now behind. So neither
// a hash nor a search is needed to find the list of the next choice, only to walk through it, most probable symbols first, four at a step (list.go).
//
// A text that the model would make longer is written byte by byte, at two bytes more than it has.
//
// # Where to read
//
// MODEL.md specifies the file and the coding to the byte, says what the model was trained with, and what it reaches. [Append] and [Read] are all there is; they
// go on with a [coder.Encoder] and [coder.Decoder] that may have other choices before and behind, allocate nothing, and may be called by any goroutine. The model is unpacked
// for the first text (about 20 ms) and takes 3.1 MB, once for a process.
//
// # What was tried
//
// Most of the time goes into branches that cannot be foreseen, about one for each three or four bits of a text, and into lists that are not in the nearest caches. Ten times as many pieces
// make steps fewer and each longer, and cost as much; so does another order of the lists in memory, or one that keeps lists within a line of the cache. Contexts of nine symbols take
// more memory than contexts of three pieces, for texts of the same length.
package text
