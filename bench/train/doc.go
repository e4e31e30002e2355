// Command train makes codec/pack/model.bin, the model of the structure of stanzas that the link knows, from generated sessions and from the examples of all XEPs.
//
//	go run ./bench/train -out codec/pack/model.bin
//
// It counts what an encoder chooses while it encodes them, with a model in which everything is equally probable, and makes the probabilities of that. It always makes the same file of the
// same corpora. No text gets into it but the values that are frequent with many users: see Trainer.Frequent.
package main
