package corpus

import (
	"encoding/base64"
	"math/rand/v2"
)

// released has the verification strings (XEP-0115) of the versions of each of the clients that were out when models were trained, the most used first. Such a string is no more
// random than the version: everybody with the same version of a client has the same, so a model knows those that it has often seen.
var released = func() (all [][4]string) {
	r := rand.New(rand.NewPCG(115, 115))
	for range clients {
		var of [4]string
		for i := range of {
			b := make([]byte, 20)
			for j := range b {
				b[j] = byte(r.Uint32())
			}
			of[i] = base64.StdEncoding.EncodeToString(b)
		}
		all = append(all, of)
	}
	return all
}()

// version returns the verification string of somebody's client. Of a hundred 55 have a version that was out when models were trained, 30 one that came since, which no model
// knows and those around a user share, and 15 a build of their own, with a string that nobody else has.
func (s *session) version(client int) string {
	switch n := s.IntN(100); {
	case n < 55:
		return released[client][min(s.IntN(5), s.IntN(5), 3)]
	case n < 85:
		if s.newer == nil {
			s.newer = make(map[int]string)
		}
		if s.newer[client] == "" {
			s.newer[client] = s.base64(20)
		}
		return s.newer[client]
	}
	return s.base64(20)
}
