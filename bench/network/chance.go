package network

import "time"

// What chance is asked for: each kind has its own.
const (
	ofLoss = iota
	ofJitter
	ofOutage
	ofOutageLength
	ofPhase
	ofLife
)

// chance returns a number in [0, 1), always the same for the same arguments.
func chance(seed uint64, of ...uint64) float64 {
	x := seed
	for _, v := range of {
		x = mix(x ^ mix(v))
	}
	return float64(x>>11) / (1 << 53)
}

// mix is the finaliser of SplitMix64: a permutation in which every bit of x matters to every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// share returns so much of d.
func share(d time.Duration, of float64) time.Duration { return time.Duration(float64(d) * of) }

// at reports whether there is no network at a time since the beginning.
func (o Outages) at(t time.Duration, seed uint64) bool {
	if o.Every <= 0 || o.For <= 0 {
		return false
	}
	t += share(o.Every, chance(seed, ofPhase)) // the network was there before us
	n := uint64(t / o.Every)
	length := share(o.For, (1+chance(seed, ofOutageLength, n))/2)
	begin := time.Duration(n)*o.Every + share(max(0, o.Every-length), chance(seed, ofOutage, n))
	return begin <= t && t < begin+length
}

// of chooses one for a connection.
func (s Span) of(seed, conn uint64) time.Duration {
	return s.Min + share(max(0, s.Max-s.Min), chance(seed, ofLife, conn))
}
