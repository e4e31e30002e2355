package pack

// endDigits returns where in v the number begins that ends it, len(v) when none does.
func endDigits(v []byte) int {
	i := len(v)
	for i > 0 && len(v)-i < 18 && v[i-1]-'0' <= 9 {
		i--
	}
	for i+1 < len(v) && v[i] == '0' {
		i++
	}
	return i
}

// split returns the stem and the number of an id that ends with a decimal number.
func split(id []byte) (stem []byte, num uint32, ok bool) {
	i := len(id)
	for i > 0 && id[i-1]-'0' <= 9 && len(id)-i < 9 {
		i--
	}
	if i == len(id) || i == 0 || i > 40 || id[i] == '0' && i+1 < len(id) || id[i-1]-'0' <= 9 {
		return nil, 0, false
	}
	for _, c := range id[i:] {
		num = num*10 + uint32(c-'0')
	}
	return id[:i], num, true
}
