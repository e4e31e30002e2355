package corpus

import (
	"archive/zip"
	"bytes"
	_ "embed" // the archive
	"encoding/json"
	"io/fs"
)

// HostileCase is a whole stream as a client might send it, and what has to become of it.
type HostileCase struct {
	File string // its name
	What string // what it does, a sentence

	// Expect is "accept" or "stream-error:" and a condition of RFC 6120 §4.9.3; Also are other outcomes that the RFC allows.
	Expect string
	Also   []string

	Stanzas int    // how many complete first-level elements come before the error or the end: never more
	End     string // where an accepted stream stops: "closed", "open" between elements, "unfinished" inside of one

	// PayloadAt is where the bytes after the usual header begin: to try the case on a live server after login, send Data from
	// there on. It is 0 for a case that attacks the header itself.
	PayloadAt int
	Data      []byte
}

//go:embed hostile/hostile.zip
var hostileZip []byte

// Hostile returns the cases of moderate size, in the order of the manifest.
func Hostile() (all []HostileCase) {
	archive := openZip(hostileZip)
	var manifest []struct {
		HostileCase
		PayloadAt int  `json:"payload_at"`
		Generated bool `json:"generated"`
	}
	if err := json.Unmarshal(readFile(archive, "manifest.json"), &manifest); err != nil {
		panic("corpus: " + err.Error())
	}
	for _, m := range manifest {
		if m.Generated {
			continue
		}
		c := m.HostileCase
		c.PayloadAt = m.PayloadAt
		c.Data = readFile(archive, c.File)
		all = append(all, c)
	}
	return all
}

func openZip(zipped []byte) fs.FS {
	archive, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		panic("corpus: " + err.Error())
	}
	return archive
}

func readFile(archive fs.FS, name string) []byte {
	data, err := fs.ReadFile(archive, name)
	if err != nil {
		panic("corpus: " + err.Error())
	}
	return data
}
