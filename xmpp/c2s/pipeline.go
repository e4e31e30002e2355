package c2s

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// nsPipelining is that of XEP-0509. A client that knows from an earlier stream what will be offered sends its <authenticate/> right behind its header. It
// says which offer it has in mind, so that it does not miss a better one.
const nsPipelining, configVersionName = "urn:xmpp:iap:0", "config-version"

// configVersion tells one offer from another: it is made of the features as they are sent, without itself (XEP-0509 §2.3.1).
func configVersion(encoder codec.Encoder, features codec.Element) string {
	h := sha256.Sum256(encoder.AppendElement(nil, features))
	return base64.RawURLEncoding.EncodeToString(h[:12])
}

// addConfigVersion announces the version of the offer (XEP-0509 §2.1).
func addConfigVersion(b *codec.Builder, version string) {
	b.StartNS(nsPipelining, configVersionName).Attr(atom.Value, version).End()
}

// readVersion reads the version of the offer that the client goes by, nil when it does not say.
func readVersion(authenticate codec.Element) []byte {
	for c := range authenticate.Children() {
		if string(c.LocalName()) == configVersionName && string(c.Namespace()) == nsPipelining {
			return append([]byte{}, c.Attr(atom.Value)...)
		}
	}
	return nil
}

// versionMismatch refuses a login that goes by an offer of before. That is no failed login (XEP-0509 §2.2).
func (s *Session) versionMismatch(out *stream.Output) {
	b := out.Build().Start(atom.NSSASL2, atom.Failure)
	b.Start(atom.NSSASL, atom.Aborted).End()
	b.StartNS(nsPipelining, "config-version-mismatch").End()
	out.Send(b.Element())
}
