package xep

// Rewrite is the flag of the tests.
var Rewrite = rewrite
