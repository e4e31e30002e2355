package xep

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// formField is a field of a data form that was filled in.
type formField struct {
	name   []byte
	values [][]byte
}

// value returns the only value, empty when there is none.
func (f *formField) value() []byte {
	if len(f.values) == 0 {
		return nil
	}
	return f.values[0]
}

// readForm returns the FORM_TYPE of a submitted form (XEP-0068 §4) and its other fields, without those that were left empty (XEP-0004 §3.3). It is
// not ok when the form is no submitted one, or names a field twice.
func readForm(x codec.Element) (formType []byte, fields []formField, ok bool) {
	if string(x.Attr(atom.Type)) != "submit" {
		return nil, nil, false
	}
	seen := make(map[string]bool)
	for e := range x.Children() {
		if !e.Is(atom.NSData, atom.Field) {
			continue
		}
		f := formField{name: e.Attr(atom.Var)}
		for v := range e.Children() {
			if text := v.Text(); v.Is(atom.NSData, atom.Value) && len(text) > 0 {
				f.values = append(f.values, text)
			}
		}
		switch {
		case f.name == nil || seen[string(f.name)]:
			return nil, nil, false
		case string(f.name) == "FORM_TYPE":
			formType = f.value()
		case f.values != nil:
			fields = append(fields, f)
		}
		seen[string(f.name)] = true
	}
	return formType, fields, true
}

// startForm starts a form to fill in (XEP-0004 §3.2) of the given FORM_TYPE.
func startForm(b *codec.Builder, formType string) {
	b.Start(atom.NSData, atom.X).Attr(atom.Type, "form")
	addField(b, "FORM_TYPE", "hidden", formType)
}

// addField adds a field that may have a value.
func addField(b *codec.Builder, name, kind, value string) {
	b.Start(atom.NSData, atom.Field).Attr(atom.Type, kind).Attr(atom.Var, name)
	if value != "" {
		b.Start(atom.NSData, atom.Value).Text(value).End()
	}
	b.End()
}
