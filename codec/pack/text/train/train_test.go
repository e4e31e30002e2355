package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// corpus is some texts of many authors, and one that only two have, often.
func corpus() (all []text) {
	for i := range int32(500) {
		all = append(all, text{author: 1 + i, gain: 1, body: fmt.Sprintf("hello there, how are you %d?", i%7)})
	}
	for i := range int32(100) {
		all = append(all, text{author: 1000 + i%2, gain: 1, body: "hello, I am Zoë Quux"})
	}
	return all
}

// context returns the node of a context, or nil.
func (t *tree) context(s string) *node {
	want := t.symbols(nil, s)
	want = want[:len(want)-1]
	at := t.alone[want[0]]
	for _, symbol := range want[1:] {
		if at == none {
			return nil
		}
		e := t.nodes[at].find(symbol)
		if e == nil {
			return nil
		}
		at = e.to
	}
	if at == none {
		return nil
	}
	return &t.nodes[at]
}

// What fewer than three authors have written is not in the model, however often they have.
func TestThreeAuthors(t *testing.T) {
	texts := corpus()
	tree := grow(newAlphabet(texts), texts)
	if _, ok := tree.of['ë']; ok {
		t.Error("a code point of two authors is a symbol")
	}
	if tree.context("hello") == nil || tree.context(" are you") == nil {
		t.Error("a context of all authors is not there")
	}
	for _, s := range []string{"I am", "Quu", "Zo", "o, I"} {
		if tree.context(s) != nil {
			t.Errorf("%q is a context", s)
		}
	}
	for p := range tree.pieces {
		if strings.Contains("hello, I am Zoë Quux", p) && !strings.Contains("hello there, how are you", p) {
			t.Errorf("%q of two authors is a piece", p)
		}
	}
	if len(tree.pieces) == 0 {
		t.Error("there are no pieces")
	}
	if n := tree.context("hello"); n.find(tree.of[',']) != nil {
		t.Error("a symbol that two authors have there is in a context")
	}
}

// The same texts give the same file, and what is held out changes nothing.
func TestSameFile(t *testing.T) {
	a := train(corpus())
	b := train(append(corpus(), text{author: 5000, held: true, gain: 1, body: "held out"}))
	if !bytes.Equal(a, b) {
		t.Error("two files differ")
	}
}
