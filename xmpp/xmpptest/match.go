package xmpptest

import (
	"fmt"
	"regexp"
)

// Captures are what the {names} of a dialogue stand for.
type Captures map[string]string

var wildcard = regexp.MustCompile(`^\{(\w+)\}$`)

var reference = regexp.MustCompile(`\{(\w+)\}`)

// fill puts the values of names into a text. A name that has none stays.
func (c Captures) fill(text string) string {
	return reference.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := c[name[1:len(name)-1]]; ok {
			return value
		}
		return name
	})
}

// Match compares what was received with what was expected, and says what is different. Names in the expected get their
// values in c.
func (c Captures) Match(expected, got *Node) error {
	if expected.NS != got.NS || expected.Name != got.Name {
		return fmt.Errorf("element {%s}%s instead of {%s}%s", got.NS, got.Name, expected.NS, expected.Name)
	}
	if err := c.matchAttrs(expected, got); err != nil {
		return fmt.Errorf("<%s>: %w", expected.Name, err)
	}
	if len(expected.Content) == 1 && expected.Content[0] == "{any}" {
		return nil
	}
	if len(expected.Content) != len(got.Content) {
		return fmt.Errorf("<%s>: %d children instead of %d", expected.Name, len(got.Content), len(expected.Content))
	}
	for i := range expected.Content {
		if err := c.matchContent(expected.Content[i], got.Content[i]); err != nil {
			return fmt.Errorf("<%s>: %w", expected.Name, err)
		}
	}
	return nil
}

func (c Captures) matchContent(expected, got any) error {
	switch expected := expected.(type) {
	case *Node:
		if child, ok := got.(*Node); ok {
			return c.Match(expected, child)
		}
	case string:
		if text, ok := got.(string); ok {
			return c.matchText(expected, text)
		}
	}
	return fmt.Errorf("text where an element is expected, or the other way round")
}

func (c Captures) matchAttrs(expected, got *Node) error {
	if len(expected.Attrs) != len(got.Attrs) {
		return fmt.Errorf("attributes %v instead of %v", got.Attrs, expected.Attrs)
	}
	for i, want := range expected.Attrs {
		have := got.Attrs[i]
		if want.NS != have.NS || want.Name != have.Name {
			return fmt.Errorf("attribute %s instead of %s", have.Name, want.Name)
		}
		if err := c.matchText(want.Value, have.Value); err != nil {
			return fmt.Errorf("attribute %s: %w", want.Name, err)
		}
	}
	return nil
}

func (c Captures) matchText(expected, got string) error {
	name := wildcard.FindStringSubmatch(expected)
	switch {
	case name == nil && expected == got, name != nil && name[1] == "any":
		return nil
	case name == nil:
		return fmt.Errorf("%q instead of %q", got, expected)
	}
	known, ok := c[name[1]]
	if ok && known != got {
		return fmt.Errorf("%q instead of %q, which is %s", got, known, expected)
	}
	c[name[1]] = got
	return nil
}
