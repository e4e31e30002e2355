// Train makes the model of package text: it counts what follows what in the texts of the corpora, keeps what saves most for its size, and writes the file.
//
//	go run ./codec/pack/text/train -corpora DIR -out codec/pack/text/model.bin
//
// DIR holds the files that the table of sources in corpora.go names. The same files give the same model, byte for byte. What is never trained with: every tenth author
// or dialogue of each file, and every author or dialogue that has one of the texts of bench/corpus/bodies.tsv. A symbol, a piece, a context, or a symbol in a
// context that fewer than three authors have is not in the model, whoever they are: a name, a number or a phrase that is one person's is not kept.
//
// In the order of the work: corpora.go reads, alphabet.go makes code points symbols, pieces.go pieces of words, grow.go counts, estimate.go turns counts into probabilities, prune.go
// throws out, write.go writes what MODEL.md specifies.
package main
