// Package xep holds the extensions that the server answers itself: one XEP, one file.
//
// Such a file declares an [Extension] with [add], in which it registers its handlers and features on a Host; beside it lie its test
// and a dialogue in testdata. Nothing else has to be touched: service discovery, the table XEPS.md and the server follow from the
// registration. XEPs that live in the core of the server (stream management in c2s, for one) are declared in core.go, so that the
// table is whole.
//
// [Register] puts them all on a host. It is called once for each host, before the first session.
package xep

//go:generate go test -run TestTable -rewrite
