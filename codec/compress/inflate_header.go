package compress

// header reads the next part of a block's header, when it is all there; else it uses nothing.
func (f *inflater) header() error {
	switch f.state {
	case atBlock:
		return f.blockHeader()
	case atStored:
		return f.storedHeader()
	case atCodes:
		return f.codesHeader()
	case inCodeLengths:
		return f.codeLengths()
	}
	return f.lengths()
}

// blockHeader reads what kind of block comes (RFC 1951 §3.2.3).
func (f *inflater) blockHeader() error {
	if f.n < 3 {
		return nil
	}
	f.final = f.take(1) == 1
	switch f.take(2) {
	case 0:
		f.state = atStored
	case 1:
		f.state, f.fixed = inBlock, true
	case 2:
		f.state, f.fixed = atCodes, false
	default:
		return errCorrupt
	}
	return nil
}

// storedHeader reads the length of a stored block, which begins at a byte (§3.2.4).
func (f *inflater) storedHeader() error {
	if pad := f.n % 8; f.n-pad >= 32 {
		f.take(pad)
		length, check := f.take(16), f.take(16)
		if length != ^check&0xffff {
			return errCorrupt
		}
		f.left, f.state = length, inStored
	}
	return nil
}

// codesHeader reads how many codes a dynamic block has (§3.2.7).
func (f *inflater) codesHeader() error {
	if f.n < 14 {
		return nil
	}
	t := tablesPool.Get().(*tables)
	t.nlit, t.ndist, t.ncodes, t.have = int(f.take(5))+257, int(f.take(5))+1, int(f.take(4))+4, 0
	clear(t.lens[:len(codeOrder)])
	f.tables, f.state = t, inCodeLengths
	f.codes++
	if t.nlit > maxLit || t.ndist > maxDist {
		return errCorrupt
	}
	return nil
}

// codeLengths reads the code that lengths are written in.
func (f *inflater) codeLengths() error {
	t := f.tables
	for ; t.have < t.ncodes; t.have++ {
		if f.n < 3 {
			return nil
		}
		t.lens[codeOrder[t.have]] = uint8(f.take(3))
	}
	if !t.lit.build(t.lens[:len(codeOrder)], 2) {
		return errCorrupt
	}
	t.have, f.state = 0, inLengths
	return nil
}

// lengths reads the lengths of both codes, which are one sequence, and builds them.
func (f *inflater) lengths() error {
	t := f.tables
	for t.have < t.nlit+t.ndist {
		symbol, n := t.lit.decode(f.bits, f.n)
		switch {
		case n == short:
			return nil
		case n == invalid:
			return errCorrupt
		case symbol < 16:
			f.take(n)
			t.lens[t.have] = uint8(symbol)
			t.have++
		default:
			if enough, ok := f.repeat(symbol, n); !ok {
				return errCorrupt
			} else if !enough {
				return nil
			}
		}
	}
	if t.lens[endBlock] == 0 || !t.dist.build(t.lens[t.nlit:t.have], 0) || !t.lit.build(t.lens[:t.nlit], 1) {
		return errCorrupt
	}
	f.state = inBlock
	return nil
}

// repeat reads a run of equal lengths whose symbol is a code of n bits. It reports whether there are enough bits, and whether it can stand here.
func (f *inflater) repeat(symbol uint16, n uint8) (enough, ok bool) {
	t := f.tables
	extra, times, value := uint8(2), 3, uint8(0)
	switch {
	case symbol == 17:
		extra = 3
	case symbol == 18:
		extra, times = 7, 11
	case t.have == 0:
		return false, false
	default:
		value = t.lens[t.have-1]
	}
	if n+extra > f.n {
		return false, true
	}
	f.take(n)
	times += int(f.take(extra))
	if t.have+times > t.nlit+t.ndist {
		return true, false
	}
	for range times {
		t.lens[t.have] = value
		t.have++
	}
	return true, true
}
