package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

func newDecode() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "decode [STANZA]",
		Short: "Turn XML into compact bytes and back",
		Long: "Turn stanzas of the stream, from the arguments or standard input, into the other encoding, one a line. XML begins with <;\n" +
			"anything else is compact, in hex. The sizes of each go to standard error.",
		Example:           "  godwit decode \"<message to='bob@localhost'><body>hi</body></message>\"\n  godwit decode <stanzas.xml | godwit decode",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			text := []byte(strings.Join(args, " "))
			if len(args) == 0 {
				var err error
				if text, err = io.ReadAll(cmd.InOrStdin()); err != nil {
					return err
				}
			}
			return decode(cmd.OutOrStdout(), cmd.ErrOrStderr(), bytes.TrimSpace(text), to)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "encoding of the output, `xml` or compact (default: the other one)")
	_ = cmd.RegisterFlagCompletionFunc("to", cobra.FixedCompletions([]string{"xml", "compact"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// side is one of the two encodings, as decode sees it.
type side struct {
	name    string
	encoder codec.Encoder
	decoder codec.Decoder
	print   func(b []byte) string
}

func xmlSide() side {
	return side{"xml", xmltext.Encoder{}, xmltext.NewDecoder(nil), func(b []byte) string { return string(b) }}
}

func compactSide() side {
	return side{"compact", compact.Encoder{}, compact.NewDecoder(nil), hex.EncodeToString}
}

// decode writes the stanzas in text, in the encoding named to, and their sizes in both.
func decode(out, sizes io.Writer, text []byte, to string) error {
	if len(text) == 0 {
		return errors.New("nothing to decode: give a stanza as XML, or compact bytes in hex")
	}
	from := xmlSide()
	if text[0] != '<' {
		var err error
		if text, err = unhex(text); err != nil {
			return err
		}
		from = compactSide()
	}
	target, err := target(from, to)
	if err != nil {
		return err
	}
	return reencode(from, text, func(e codec.Element) error {
		_, err := fmt.Fprintln(out, target.print(target.encoder.AppendElement(nil, e)))
		x, c := len(xmltext.Encoder{}.AppendElement(nil, e)), len(compact.Encoder{}.AppendElement(nil, e))
		fmt.Fprintf(sizes, "%d bytes as XML, %d compact: %.1f to 1\n", x, c, float64(x)/float64(c))
		return err
	})
}

func target(from side, to string) (side, error) {
	switch {
	case to == "xml", to == "" && from.name == "compact":
		return xmlSide(), nil
	case to == "compact", to == "" && from.name == "xml":
		return compactSide(), nil
	}
	return side{}, fmt.Errorf("--to %q: write xml or compact", to)
}

// unhex reads hex digits with white space among them.
func unhex(text []byte) ([]byte, error) {
	b, err := hex.DecodeString(string(bytes.Join(bytes.Fields(text), nil)))
	if err != nil {
		return nil, fmt.Errorf("neither XML, which begins with <, nor hex: %w", err)
	}
	return b, nil
}

// header returns a stream header in an encoding: decoders want one first.
func header(e codec.Encoder) []byte {
	var b codec.Builder
	b.Start(atom.NSStreams, atom.Stream).Attr(atom.Version, "1.0")
	return e.AppendOpen(nil, b.Element())
}

// reencode decodes text, the elements of a stream with or without its header, and calls each.
func reencode(from side, text []byte, each func(codec.Element) error) error {
	added := 0
	if !bytes.HasPrefix(text, []byte("<?xml")) && !bytes.HasPrefix(text, []byte("<stream:stream")) {
		h := header(from.encoder)
		text, added = append(h, text...), len(h)
	}
	var scratch codec.Scratch
	for rest := text; len(rest) > 0; {
		n, ev, err := from.decoder.Decode(rest, &scratch)
		var fault *codec.Error
		if errors.As(err, &fault) {
			fault.Offset -= int64(added)
		}
		if err != nil {
			return err
		}
		rest = rest[n:]
		switch ev {
		case codec.EventElement:
			if err := each(scratch.Tree.Root()); err != nil {
				return err
			}
		case codec.EventClose:
			return nil
		}
	}
	// An end of the stream that is not one shows that an element was open.
	if _, ev, _ := from.decoder.Decode(from.encoder.AppendClose(nil), &scratch); ev != codec.EventClose {
		return errors.New("the last stanza is cut off")
	}
	return nil
}
