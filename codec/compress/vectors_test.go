package compress

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

const vectorsFile = "testdata/vectors.txt"

// TestVectors reads the vectors of FORMAT.md.
func TestVectors(t *testing.T) {
	if *rewrite {
		if err := os.WriteFile(vectorsFile, makeVectors(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for in := bufio.NewScanner(bytes.NewReader(text)); in.Scan(); lines++ {
		message, want, _ := strings.Cut(in.Text(), "\t")
		got, err := readMessage(unhex(message))
		if want == "!" {
			if err == nil {
				t.Errorf("%s is %q, and should be an error", message, got)
			}
		} else if text, e := strconv.Unquote(want); e != nil || err != nil || got != text {
			t.Errorf("%s is %q (%v), want %s", message, got, err, want)
		}
	}
	if lines < 15 {
		t.Errorf("%d vectors", lines)
	}
}

// readMessage reads one message, whatever its text is.
func readMessage(wire []byte) (string, error) {
	d := NewDecoder(Godwit, nil, nil, &DefaultLimits)
	defer d.inflate.reset(nil)
	var text []byte
	for len(wire) > 0 || d.more {
		n, err := d.fill(wire)
		if err != nil {
			return "", err
		}
		wire, text = wire[n:], append(text, d.pending...)
		d.pending = nil
	}
	if d.place != atHeader || d.shift != 0 {
		return "", fmt.Errorf("the message is not over")
	}
	return string(text), nil
}

// makeVectors makes messages of all kinds of blocks, and broken ones.
func makeVectors() []byte {
	var out bytes.Buffer
	vector := func(message []byte, text string) { fmt.Fprintf(&out, "%x\t%q\n", message, text) }
	message := func(payload []byte) []byte { return append(appendLength(nil, len(payload)), payload...) }
	texts := []string{"<r xmlns='urn:xmpp:sm:3'/>", "<a xmlns='urn:xmpp:sm:3' h='7'/>", "</stream:stream>", " ", header,
		"<message to='juliet@example.org' type='chat' id='1'><body>Art thou not Romeo, and a Montague? 🌹</body></message>"}
	for _, s := range traffic(21, 12) {
		texts = append(texts, string(s))
	}
	for _, text := range texts {
		vector(messages(text), text) // fixed
	}
	long := "<message><body>" + string(bytes.Join(traffic(22, 3), nil)) + "</body></message>"
	vector(message(deflated([]byte(long), 9, Dictionary)), long)     // dynamic, in several blocks
	vector(message(deflated([]byte(header), 0, Dictionary)), header) // stored
	vector(message([]byte{0b011, 0}), "")                            // no text
	good := messages(texts[0])
	for _, bad := range [][]byte{{0}, {0x81, 0}, {0x81, 0x81, 0x81, 1}, good[:len(good)-1], {1, 7}, append(appendLength(nil, int(good[0])+1), append(good[1:], 0)...)} {
		fmt.Fprintf(&out, "%x\t!\n", bad)
	}
	return out.Bytes()
}

// TestFormatNamesTheDictionary: what FORMAT.md says of the dictionary is true.
func TestFormatNamesTheDictionary(t *testing.T) {
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(Dictionary)
	for _, want := range []string{hex.EncodeToString(sum[:]), "32,756 bytes", Godwit.String()} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("FORMAT.md does not say %s", want)
		}
	}
	if len(Dictionary) != 32_756 {
		t.Errorf("the dictionary has %d bytes", len(Dictionary))
	}
}
