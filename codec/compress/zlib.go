package compress

// The header of a stream of zlib as we write it (RFC 1950 §2.2): deflate with a window of 32 KiB, no dictionary.
const zlibHeader = "\x78\x9c"

// zlib reads a byte of the header, or of the checksum. White space in front of all is passed over: some clients end their elements with a line break, also the
// one that asks for compression, and no header begins with it.
func (d *Decoder) zlib(b byte) error {
	switch d.place {
	case atHeader:
		if b == '\n' || b == '\r' || b == ' ' || b == '\t' {
			return nil
		}
		if b&15 != 8 || b>>4 > 7 {
			return errCorrupt
		}
		d.first, d.place = b, atFlags
	case atFlags:
		const preset = 1 << 5
		if (uint(d.first)<<8|uint(b))%31 != 0 || b&preset != 0 {
			return errCorrupt
		}
		d.inflate.reach = 1 << (d.first>>4 + 8)
		d.place = inBody
	case atSum:
		return d.checksum(b)
	}
	return nil
}

// bodyOfZlib goes on after something was decompressed.
func (d *Decoder) bodyOfZlib() error {
	d.sum = adler32(d.sum, d.pending)
	if d.inflate.state != ended {
		return nil
	}
	f := &d.inflate
	d.place, d.shift = atSum, 24
	f.take(f.n % 8)
	for f.n > 0 { // read too far
		if err := d.checksum(byte(f.take(8))); err != nil {
			return err
		}
	}
	return nil
}

// checksum compares a byte of the checksum, the highest first. After the last nothing may follow.
func (d *Decoder) checksum(b byte) error {
	if d.place == over || b != byte(d.sum>>d.shift) {
		return errCorrupt
	}
	if d.shift == 0 {
		d.place = over
		return nil
	}
	d.shift -= 8
	return nil
}

// adler32 adds p to a checksum (RFC 1950 §2.2).
func adler32(sum uint32, p []byte) uint32 {
	const base, most = 65521, 5552 // most bytes before a and b could overflow
	a, b := sum&0xffff, sum>>16
	for len(p) > 0 {
		q := p[:min(len(p), most)]
		for _, c := range q {
			a += uint32(c)
			b += a
		}
		a, b, p = a%base, b%base, p[len(q):]
	}
	return b<<16 | a
}
