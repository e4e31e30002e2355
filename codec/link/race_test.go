//go:build race

package link_test

// flipStep is how many bits TestEveryFlippedBitIsRefused goes on at a time: curves are slow under the race detector.
const flipStep = 31
