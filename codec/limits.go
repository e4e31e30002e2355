package codec

// Limits bound what one first-level element may cost. A decoder checks them before it spends the memory. Zero fields
// mean no limit; the defaults are in [DefaultLimits] and [PreAuthLimits].
type Limits struct {
	Bytes      int // of the element as sent
	Depth      int // levels, the first-level element being 1
	Attributes int // per element, declarations included
	Elements   int // per first-level element
	Namespaces int // declarations in scope within the first-level element
	Name       int // bytes of one name, prefix included (at most 65,535)
}

// DefaultLimits hold after authentication. RFC 6120 §13.12 asks for at least 10,000 bytes.
var DefaultLimits = Limits{Bytes: 262_144, Depth: 128, Attributes: 128, Elements: 4_096, Namespaces: 256, Name: 1_024}

// PreAuthLimits hold before authentication.
var PreAuthLimits = Limits{Bytes: 8_192, Depth: 16, Attributes: 64, Elements: 32, Namespaces: 32, Name: 256}
