package pack

import (
	"bytes"
	"encoding/base64"
	"math/bits"
	"strconv"
)

// lenOf returns in how many bits v can be written.
func lenOf(v uint64) int { return bits.Len64(v) }

// number reads a decimal number as one is written.
func number(v []byte) (n uint64, ok bool) {
	if len(v) == 0 || len(v) > 18 || v[0] == '0' && len(v) > 1 {
		return 0, false
	}
	for _, c := range v {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

const (
	hexLower = "0123456789abcdef"
	hexUpper = "0123456789ABCDEF"
	urlChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// What a character can belong to.
const (
	isLower = 1 << iota // hexadecimal in lower case
	isUpper
	isURL // base64url
	isStd // base64
	isDigit
	isLetter // a lower-case letter
	isCapital
	isSeparator
)

// classes says it for each.
var classes = func() (is [256]uint8) {
	for set, chars := range map[uint8]string{
		isLower: hexLower, isUpper: hexUpper, isURL: urlChars, isDigit: "0123456789",
		isSeparator: separators,
		isLetter:    "abcdefghijklmnopqrstuvwxyz", isCapital: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		isStd: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
	} {
		for _, c := range []byte(chars) {
			is[c] |= set
		}
	}
	return is
}()

var unbase64url = func() (v [256]uint8) {
	for i := range urlChars {
		v[urlChars[i]] = uint8(i)
	}
	return v
}()

// unhexes are the values of hexadecimal digits.
var unhexes = func() (v [256]uint8) {
	for i := range 256 {
		if classes[i]&(isLower|isUpper) != 0 {
			v[i] = unhex(byte(i))
		}
	}
	return v
}()

// identity are the values of bytes.
var identity = func() (v [256]uint8) {
	for i := range v {
		v[i] = uint8(i)
	}
	return v
}()

// unhex returns the value of a hexadecimal digit.
func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// uuidKind returns which kind of UUID v is, of its 36 characters, 0 for none.
func uuidKind(v []byte) int {
	all := uint8(isLower | isUpper)
	for i, c := range v {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return 0
			}
		case 14:
			if c != '4' {
				return 0
			}
		case 19:
			if n := unhex(c); classes[c]&(isLower|isUpper) == 0 || n>>2 != 2 {
				return 0
			}
			all &= classes[c]
		default:
			all &= classes[c]
		}
	}
	switch {
	case all&isLower != 0:
		return kindUUID
	case all&isUpper != 0:
		return kindUUIDUpper
	}
	return 0
}

// opaque returns the kind of what has no meaning here.
func opaque(v []byte) int {
	all, any, at := uint8(0xFF), uint8(0), 0
	for i, c := range v {
		is := classes[c]
		all &= is
		any |= is
		if c == '@' && at == 0 {
			at = i
		}
	}
	mixed := bits.OnesCount8(any & (isDigit | isLetter | isCapital))
	switch {
	case all&isLower != 0 && mixed > 1 && len(v) >= 4:
		return kindHex
	case all&isUpper != 0 && mixed > 1 && len(v) >= 4:
		return kindHexUpper
	case all&isStd != 0 && len(v)%4 == 0 && len(v) >= 12 && mixed > 1 && isBase64(v):
		return kindBase64
	case all&isURL != 0 && len(v) >= 6 && mixed > 2:
		return kindBase64URL
	case at > 0 && bytes.IndexByte(v, ' ') < 0 && bytes.IndexByte(v, '\n') < 0:
		return kindJID
	}
	return kindText
}

// isOpaque reports whether v, where often something random stands, is of characters of base64url of more than one sort.
func isOpaque(v []byte) bool {
	all, any := uint8(0xFF), uint8(0)
	for _, c := range v {
		all &= classes[c]
		any |= classes[c]
	}
	return all&isURL != 0 && bits.OnesCount8(any&(isDigit|isLetter|isCapital)) > 1
}

// separators stand between what is frequent and what is not.
const separators = "-:./#_"

// joins reports whether v may be cut behind i: there is a separator, and something behind it.
func joins(v []byte, i int) bool {
	return classes[v[i]]&isSeparator != 0 && i > 0 && i+1 < len(v)
}

// isBase64 reports whether v is what it encodes to.
func isBase64(v []byte) bool {
	n := bytes.IndexByte(v, '=')
	if n < 0 {
		return true
	}
	pad := len(v) - n
	if pad > 2 || v[len(v)-1] != '=' {
		return false
	}
	var room [3]byte
	_, err := base64.StdEncoding.Strict().Decode(room[:], v[len(v)-4:])
	return err == nil
}

// bitsFor are the bits of so many decimal digits.
var bitsFor = [10]int{0, 4, 7, 10, 14, 17, 20, 24, 27, 30}

// parseStamp reads a time in UTC (XEP-0082), in seconds since 1970, with the digits of its fraction. What is no date of a calendar is none.
func parseStamp(v []byte) (t int64, digits int, fraction uint64, ok bool) {
	if len(v) < 20 || len(v) > 30 || v[len(v)-1] != 'Z' || len(v) == 21 {
		return 0, 0, 0, false
	}
	if len(v) > 20 {
		if v[19] != '.' {
			return 0, 0, 0, false
		}
		for _, c := range v[20 : len(v)-1] {
			if c-'0' > 9 {
				return 0, 0, 0, false
			}
			fraction = fraction*10 + uint64(c-'0')
			digits++
		}
	}
	const form = "0000-00-00T00:00:00"
	for i := range form {
		if c := v[i]; form[i] == '0' && c-'0' > 9 || form[i] != '0' && c != form[i] {
			return 0, 0, 0, false
		}
	}
	two := func(i int) int { return int(v[i]-'0')*10 + int(v[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if two(0) == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, 0, 0, false
	}
	t = int64(daysTo(year, month, day))*86400 + int64(hour*3600+minute*60+second)
	return t, digits, fraction, true
}

// daysIn returns how many days a month has.
func daysIn(year, month int) int {
	switch {
	case month != 2:
		return 30 + (month+month/8)%2
	case year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	}
	return 28
}

// Years begin with March in what follows, so that a leap day is the last one, and eras of 400 years, which all have as many days.
const (
	daysPerEra   = 146097
	daysTo1970   = 719468 // from March of the year 0
	marchToMarch = 365
)

// daysTo returns how many days a date is from the beginning of 1970, for a year from 1 on.
func daysTo(year, month, day int) int {
	month -= 3
	if month < 0 {
		month += 12
		year--
	}
	return year*marchToMarch + year/4 - year/100 + year/400 + (153*month+2)/5 + day - 1 - daysTo1970
}

// dateOf is the reverse of daysTo.
func dateOf(days int) (year, month, day int) {
	days += daysTo1970
	era := days / daysPerEra
	days %= daysPerEra
	year = (days - days/1460 + days/36524 - days/146096) / marchToMarch
	days -= year*marchToMarch + year/4 - year/100
	month = (5*days + 2) / 153
	day = days - (153*month+2)/5 + 1
	year += era * 400
	if month += 3; month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// The times that can be written so: years of four digits, from 100 on.
const (
	minStamp = -59011459200
	maxStamp = 253402300799
)

// appendStamp is the reverse of parseStamp.
func appendStamp(dst []byte, t int64, digits int, fraction uint64) []byte {
	const perDay = 86400
	second := int((t%perDay + perDay) % perDay)
	year, month, day := dateOf(int((t - int64(second)) / perDay))
	two := func(v int, then byte) { dst = append(dst, '0'+byte(v/10), '0'+byte(v%10), then) }
	two(year/100, 0)
	dst = dst[:len(dst)-1]
	two(year%100, '-')
	two(month, '-')
	two(day, 'T')
	two(second/3600, ':')
	two(second/60%60, ':')
	two(second%60, 'Z')
	dst = dst[:len(dst)-1]
	if digits > 0 {
		dst = append(dst, '.')
		for i := range digits {
			dst = append(dst, '0'+byte(fraction/pow10(digits-1-i)%10))
		}
	}
	return append(dst, 'Z')
}

func pow10(n int) uint64 {
	v := uint64(1)
	for range n {
		v *= 10
	}
	return v
}

func appendDecimal(dst []byte, v uint64) []byte { return strconv.AppendUint(dst, v, 10) }

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
