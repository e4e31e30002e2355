package main

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed testdata/sections.txt
var sectionsText string

// sections maps each document ("RFC 6120", "XEP-0198") to the numbers of its
// sections ("4.9.3.1", "A.2").
var sections = sync.OnceValue(func() map[string]map[string]bool {
	index := make(map[string]map[string]bool)
	for line := range strings.Lines(sectionsText) {
		doc, numbers, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		index[doc] = make(map[string]bool)
		for n := range strings.FieldsSeq(numbers) {
			index[doc][n] = true
		}
	}
	return index
})
