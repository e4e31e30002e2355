package main

import "testing"

func TestCitations(t *testing.T) {
	wantFindings(t, citationsRule, files{
		"xmpp/c2s/bind.go": `package c2s

// RFC 6120 §7.6.1, §7.7 and §99.1 speak of binding; so does RFC
// 6120 §98, and XEP-0198
// §5. RFC 6121 §A.2.1 to §A.9 are tables.
var a = 1 // XEP-0198 §15

/* RFC 4 §1 is not here,
   XEP-0060 §owner has no number, XEP-0030 alone is fine */
const text = "RFC 6120 §97"
`,
		"codec/compact/FORMAT.md": "# Format\n\nAs XEP-0138 §3; not RFC 1951 §7.7.\n",
		"store/testdata/x.md":     "RFC 6120 §97\n",
	}.repo(),
		"xmpp/c2s/bind.go:3: cites RFC 6120 §99.1, which does not exist",
		"xmpp/c2s/bind.go:3: cites RFC 6120 §98, which does not exist",
		"xmpp/c2s/bind.go:5: cites RFC 6121 §A.9, which does not exist",
		"xmpp/c2s/bind.go:6: cites XEP-0198 §15, which does not exist",
		"xmpp/c2s/bind.go:9: cites XEP-0060 §owner: write § and the section's number",
		"codec/compact/FORMAT.md:3: cites RFC 1951 §7.7, which does not exist",
	)
	wantFindings(t, citationsRule, files{"a.md": "RFC 99999 §1\n"}.repo(),
		"a.md:1: cites RFC 99999 §1, which the index does not know")
}

func TestCitationForm(t *testing.T) {
	wantFindings(t, citationFormRule, files{"xmpp/jid/jid.go": `package jid

// RFC 7622 §3.2, time.RFC3339, rfc7622.txt and XEP-0106 are right.

// RFC7622 §3.2
// RFC-7622
// XEP-106
// XEP 0106
// XEP0106 §2
// RFC 7622 section 3.2
// RFC 7622, Section 3.2
// RFC 6121 Appendix A
// section 3.2 of RFC 7622
// §3.2 of RFC 7622
// RFC 7622 3.2
const text = "XEP-1, RFC7622"
`}.repo(),
		"xmpp/jid/jid.go:5: RFC7622: write RFC nnnn, with a space",
		"xmpp/jid/jid.go:6: RFC-7622: write RFC nnnn",
		"xmpp/jid/jid.go:7: XEP-106: write XEP-nnnn",
		"xmpp/jid/jid.go:8: XEP 0106: write XEP-nnnn",
		"xmpp/jid/jid.go:9: XEP0106: write XEP-nnnn",
		"xmpp/jid/jid.go:10: RFC 7622 section 3: write § for section",
		"xmpp/jid/jid.go:11: RFC 7622, Section 3: write § for section",
		"xmpp/jid/jid.go:12: RFC 6121 Appendix A: write § for section",
		"xmpp/jid/jid.go:13: section 3.2 of RFC: name the document first",
		"xmpp/jid/jid.go:14: §3.2 of RFC: name the document first",
		"xmpp/jid/jid.go:15: RFC 7622 3.2: put § before the number",
	)
}
