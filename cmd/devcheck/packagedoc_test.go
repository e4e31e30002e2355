package main

import "testing"

func TestPackageDoc(t *testing.T) {
	wantFindings(t, packageDocRule, files{
		"codec/doc.go":               "// Package codec gives bytes form, e.g. as XML. It does no I/O.\npackage codec\n",
		"codec/tree.go":              "package codec\n",
		"codec/testdata/sample.go":   "package sample\n",
		"edge/doc.go":                "// Package edge moves bytes, i.e. it decides nothing.\npackage edge\n",
		"fuzz/session/fuzz_test.go":  "package session\n",
		"store/doc.go":               "package store\n",
		"xmpp/jid/jid.go":            "// Package jid is addresses. It is small.\npackage jid\n",
		"xmpp/stanza/testdata/x.txt": "no Go here\n",
	}.repo(),
		"edge/doc.go:1: the package comment has 1 sentence(s)",
		"fuzz/session: has no doc.go",
		"store/doc.go:1: the package comment has 0 sentence(s)",
		"xmpp/jid: has no doc.go",
	)
}
