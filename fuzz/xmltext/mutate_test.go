package xmltext

import (
	"bytes"
	"strings"
)

// tokens are what mutations put in.
var tokens = strings.Split(`<|>|/>|</|<a>|</a>|<a/>|'|"|&|;|&amp;|&lt;|&#x|&#65;|&#0;|]]>|<![CDATA[|]]|<!--|-->|<?|?>|<!DOCTYPE|<?xml version='1.0'?>| |`+
	"\t|\n|\r|\r\n|\x00|\x01|\x1f|\x7f|\u0080|\u00e9|\u4e2d|\u2028|\ufeff|\ufffe|\uffff|\U0001f600|\xff|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82|"+
	`xmlns=|xmlns:a=|xmlns=''|xmlns:a='urn:a'|xmlns:b='urn:a'|a:|b:|xml:|xmlns:|stream:|db:| id='1'| a:id='1'| b:id='1'|=|:|::|'urn:a'|.|-|_|1`, "|")

// oddBytes replace others.
const oddBytes = "<>&'\"/=:;#![]-?x \t\r\n\x00\x01\x1f\x7f\x80\xbf\xc0\xc2\xe0\xed\xef\xf0\xf4\xf5\xff"

// mutate changes the stream in up to four places.
func (g *generator) mutate() {
	for range 1 + g.n(1+g.n(4)) {
		if len(g.out) == 0 {
			return
		}
		g.change(g.position())
	}
}

// position returns a place in the stream, mostly behind the header.
func (g *generator) position() int {
	if g.body < len(g.out) && !g.chance(5) {
		return g.body + g.n(len(g.out)-g.body)
	}
	return g.n(len(g.out))
}

// change changes what is at a place.
func (g *generator) change(at int) {
	end := min(len(g.out), at+1+g.n(1+g.n(30)))
	switch g.n(13) {
	case 0:
		g.out[at] = byte(g.n(256))
	case 1:
		g.out[at] = oddBytes[g.n(len(oddBytes))]
	case 2:
		g.out[at] ^= 1 << g.n(8)
	case 3, 4:
		g.replace(at, end, "")
	case 5:
		g.replace(at, at, string(g.out[at:end]))
	case 6:
		g.replace(at, at, strings.Repeat(string(g.out[at:end]), 1+g.n(1+g.n(60))))
	case 7:
		other := pick(g, sources().examples)
		from := g.n(len(other))
		g.replace(at, at, string(other[from:min(len(other), from+1+g.n(60))]))
	case 8:
		g.replace(at, at, pick(g, badRuns))
	case 9:
		g.alter(at)
	default:
		g.replace(at, at, pick(g, tokens))
	}
}

// alter changes the next quote, and all that are like it in the bytes behind it, in one bit: both quotes of a value in the same way.
func (g *generator) alter(at int) {
	if i := bytes.IndexAny(g.out[at:], `'"`); i >= 0 {
		at += i
	}
	near := g.out[at:min(len(g.out), at+2+g.n(60))]
	copy(near, bytes.ReplaceAll(near, near[:1], []byte{near[0] ^ 1<<g.n(8)}))
}

// replace puts s in the place of the bytes from at to end.
func (g *generator) replace(at, end int, s string) {
	g.in = append(g.in[:0], g.out[:at]...)
	g.in = append(append(g.in, s...), g.out[end:]...)
	g.in, g.out = g.out, g.in
}

// fillers are what streams are padded with.
var fillers = []string{" ", "\n", "x", "\u00e9", "\u4e2d", "\U0001f600", "]", ">", "&lt;", "a", "1", "\r\n", "\r", "=", "'", "\"", "<a/>", "<b></b>", "&#65;", "\xff"}

// pad lengthens the stream somewhere, so that what comes after that place lies around a multiple of the block: counted from the beginning, or from
// where some element begins.
func (g *generator) pad(block int) {
	if len(g.out) == 0 {
		return
	}
	at := g.position()
	for at < len(g.out) && !strings.ContainsRune("> '\"", rune(g.out[at])) {
		at++
	}
	at = min(at+1, len(g.out))
	mark := at + g.n(len(g.out)-at+1) // this comes to lie around the multiple
	if g.chance(3) {
		mark = min(mark, at+g.n(8))
	}
	switch g.n(4) {
	case 0:
		g.replace(mark, mark, pick(g, tokens))
	case 1:
		g.replace(mark, mark, pick(g, badRuns))
	}
	n := (block - (mark-g.origin(at))%block + g.n(9) - 4 + block) % block
	filler := fillers[g.n(1+g.n(len(fillers)))]
	g.replace(at, at, strings.Repeat(filler, n/len(filler))+strings.Repeat(" ", n%len(filler)))
}

// origin returns a place before at from where on a decoder may count.
func (g *generator) origin(at int) int {
	switch g.n(4) {
	case 0:
		return 0
	case 1:
		if i := bytes.LastIndexByte(g.out[:at], '<'); i > g.body {
			return i
		}
	}
	return min(g.body, at)
}

// repeat lengthens the stream by many times a part of it.
func (g *generator) repeat() {
	if g.body == 0 || g.body >= len(g.out) {
		return
	}
	at := g.position()
	end := min(len(g.out), at+1+g.n(100))
	if g.chance(2) { // whole elements, if there is nothing wrong with them
		at = g.body
		end = at + max(0, strings.LastIndex(string(g.out[at:]), footer))
	}
	g.replace(at, at, strings.Repeat(string(g.out[at:end]), 20+g.n(100)))
}
