//go:build !race

package link_test

const flipStep = 1
