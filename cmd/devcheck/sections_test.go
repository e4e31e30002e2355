package main

import (
	"slices"
	"strings"
	"testing"
)

// The index agrees with what readers of the documents know.
func TestSectionsIndex(t *testing.T) {
	for _, c := range []struct{ doc, last, not string }{
		{"RFC 1951", "3.2.7", "3.2.8"},       // Compression with dynamic Huffman codes
		{"RFC 3921", "5.1.3", "20"},          // Specifying an Intended Recipient … Broadcasts
		{"RFC 5802", "5.2", "5.3"},           // Compliance with SASL Mechanism Requirements
		{"RFC 6120", "4.9.3.25", "4.9.3.26"}, // unsupported-version
		{"RFC 6120", "8.3.3.22", "8.3.3.23"}, // unexpected-request
		{"RFC 6120", "A.8", "A.9"},           // Stanza Error Namespace
		{"RFC 6120", "13.7.2.2.3", "13.7.2.2.4"},
		{"RFC 6121", "8.5.2.1.1", "8.5.5"}, // Message, available resources
		{"RFC 6121", "A.3.4", "A.4"},       // Unsubscribed
		{"RFC 7622", "3.4.1", "3.6"},
		{"RFC 8264", "13.5", "15"},
		{"RFC 8878", "3.1.1.3.1.1", "3.1.3"}, // Literals_Section_Header
		{"XEP-0030", "3.2", "3.3"},           // Info Nodes
		{"XEP-0045", "7.2.18", "7.15"},       // Groupchat 1.0 Protocol
		{"XEP-0060", "12.23", "12.24"},
		{"XEP-0198", "5", "15"},    // Resumption
		{"XEP-0199", "4.5", "4.6"}, // Component-to-Client Pings
		{"XEP-0280", "9", "20"},
		{"XEP-0313", "4.3.4", "4.4"}, // Flipped pages
		{"XEP-0352", "5.2", "5.3"},   // Interaction with Stream Resumption
	} {
		known := sections()[c.doc]
		if !known[c.last] {
			t.Errorf("%s §%s is missing", c.doc, c.last)
		}
		if known[c.not] {
			t.Errorf("%s §%s does not exist, but is in the index", c.doc, c.not)
		}
	}
}

func TestRFCSections(t *testing.T) {
	const text = `
   1.  Introduction . . . . . . . .  3
     1.1. Only in the Contents .. 4
   Appendix A.  Thanks  . . . . . . 9

1.  Introduction

   1.  The client does this
   7.  and that.

5.2  is cited at the margin.
0100 a table
1.2.  Deep
1.2.1.  Deeper
2 Without a Stop
A  An article at the margin of RFC 2.

Appendix B: Not one we know how to write
A.1.  Names
C: AUTH
`
	want := "1 1.1 1.2 1.2.1 2 A A.1"
	if got := strings.Join(rfcSections(text), " "); got != want {
		t.Errorf("sections are %s, want %s", got, want)
	}
}

func TestXEPSections(t *testing.T) {
	const text = "# XEP-0001: Title\n\n## 1. Introduction {#intro}\n\n### 1.1 Why\n\n### 1.2 How {#how}\n\n" +
		"## 2. Rules\n\n# 3. code\n\n1. a list\n\n## 2.9 no such\n"
	want := []string{"1", "1.1", "1.2", "2"}
	if got := xepSections(text); !slices.Equal(got, want) {
		t.Errorf("sections are %v, want %v", got, want)
	}
}

func TestCompareSections(t *testing.T) {
	list := []string{"A", "10", "2", "2.10", "2.9", "A.1", "1"}
	slices.SortFunc(list, compareSections)
	if got := strings.Join(list, " "); got != "1 2 2.9 2.10 10 A A.1" {
		t.Errorf("sorted: %s", got)
	}
}
