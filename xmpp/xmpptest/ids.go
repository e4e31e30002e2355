package xmpptest

import (
	"regexp"
	"strconv"

	"github.com/godwit-im/godwit/xmpp/archiveid"
	"github.com/godwit-im/godwit/xmpp/host"
)

var entryForm = regexp.MustCompile(`\{(\w+)#(\d+)\}`)

// archiveKey returns what makes the ids of an account's archive.
func (w *World) archiveKey(name string) archiveid.Key {
	secret, err := host.ArchiveSecret(w.store)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret.Key(w.JID(name))
}

// ArchiveID returns the id of an entry of an account's archive; the first is 1.
func (w *World) ArchiveID(name string, seq uint64) string {
	key := w.archiveKey(name)
	return string(key.Append(nil, seq))
}

// fillIDs puts ids into a text: {juliet#2} is that of the second entry of juliet's archive.
func (w *World) fillIDs(text string) string {
	return entryForm.ReplaceAllStringFunc(text, func(entry string) string {
		m := entryForm.FindStringSubmatch(entry)
		seq, err := strconv.ParseUint(m[2], 10, 64)
		if err != nil {
			return entry
		}
		return w.ArchiveID(m[1], seq)
	})
}

// nameID is the inverse of fillIDs for a text that is an id.
func (w *World) nameID(text string) string {
	for _, name := range w.accounts {
		key := w.archiveKey(name)
		if seq := key.Parse([]byte(text)); seq != 0 {
			return "{" + name + "#" + strconv.FormatUint(seq, 10) + "}"
		}
	}
	return text
}
