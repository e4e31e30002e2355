package sasl

// Condition is why an authentication failed: the name of the element to put
// into <failure/> (RFC 6120 §6.5).
type Condition string

// The conditions of RFC 6120 §6.5. This package returns some of them; the
// others are for its callers.
const (
	Aborted              Condition = "aborted"                // §6.5.1; a client's own failures, after which it sends <abort/>
	AccountDisabled      Condition = "account-disabled"       // §6.5.2; never from this package
	CredentialsExpired   Condition = "credentials-expired"    // §6.5.3; never from this package
	EncryptionRequired   Condition = "encryption-required"    // §6.5.4
	IncorrectEncoding    Condition = "incorrect-encoding"     // §6.5.5; base64, so never from this package
	InvalidAuthzID       Condition = "invalid-authzid"        // §6.5.6
	InvalidMechanism     Condition = "invalid-mechanism"      // §6.5.7
	MalformedRequest     Condition = "malformed-request"      // §6.5.8
	MechanismTooWeak     Condition = "mechanism-too-weak"     // §6.5.9
	NotAuthorized        Condition = "not-authorized"         // §6.5.10
	TemporaryAuthFailure Condition = "temporary-auth-failure" // §6.5.11
)

// Error is the error of a failed negotiation. It holds nothing that the peer
// sent and nothing that tells an unknown user from a wrong password.
type Error struct {
	// Condition is what the peer is told.
	Condition Condition
	// Reason is for the log. It is constant text.
	Reason string
}

func (e *Error) Error() string { return "sasl: " + string(e.Condition) + ": " + e.Reason }

func fail(c Condition, reason string) error { return &Error{c, reason} }

func malformed(reason string) error { return fail(MalformedRequest, reason) }

// errWrong is the one answer to wrong names and wrong passwords.
var errWrong = fail(NotAuthorized, "wrong name or password")
