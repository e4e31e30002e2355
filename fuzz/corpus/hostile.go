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

// Hostile returns the cases of moderate size, in the order of the manifest. The big ones are made by [BigHostile].
func Hostile() (all []HostileCase) {
	archive := openZip(hostileZip)
	for _, m := range readManifest() {
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

type manifestEntry struct {
	HostileCase
	PayloadAt int `json:"payload_at"`
	Bytes     int64
	Generated bool
}

func readManifest() (all []manifestEntry) {
	if err := json.Unmarshal(readFile(openZip(hostileZip), "manifest.json"), &all); err != nil {
		panic("corpus: " + err.Error())
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
