package im

import "github.com/godwit-im/godwit/codec/atom"

// state is one of the nine subscription states of RFC 6121 §A.1, from the perspective of the roster's owner.
type state uint8

const (
	none      state = iota // "None"
	noneOut                // "None + Pending Out"
	noneIn                 // "None + Pending In"
	noneOutIn              // "None + Pending Out+In"
	to                     // "To"
	toIn                   // "To + Pending In"
	from                   // "From"
	fromOut                // "From + Pending Out"
	both                   // "Both"
	states
)

func (s state) String() string {
	return [states]string{
		"None", "None + Pending Out", "None + Pending In", "None + Pending Out+In",
		"To", "To + Pending In", "From", "From + Pending Out", "Both",
	}[s]
}

// route says whether an outbound stanza goes to the contact's server, deliver whether an inbound one goes to the user.
const (
	route   = true
	deliver = true
	no      = false
)

// outboundRow is a row of tables 2 to 5.
type outboundRow struct {
	route bool
	next  state
	// approval is what the stanza does to a pre-approval (§3.4) in this state.
	approval approval
}

type approval uint8

const (
	unchanged approval = iota
	approve            // the contact's next request is approved in advance
	revoke
)

// outbound is RFC 6121 §A.2: what the user's server does with a subscription stanza of the user's.
var outbound = map[atom.Atom][states]outboundRow{
	// Table 2
	atom.Subscribe: {
		none:      {route: route, next: noneOut},
		noneOut:   {route: route, next: noneOut},
		noneIn:    {route: route, next: noneOutIn},
		noneOutIn: {route: route, next: noneOutIn},
		to:        {route: route, next: to},
		toIn:      {route: route, next: toIn},
		from:      {route: route, next: fromOut},
		fromOut:   {route: route, next: fromOut},
		both:      {route: route, next: both},
	},
	// Table 3
	atom.Unsubscribe: {
		none:      {route: route, next: none},
		noneOut:   {route: route, next: none},
		noneIn:    {route: route, next: noneIn},
		noneOutIn: {route: route, next: noneIn},
		to:        {route: route, next: none},
		toIn:      {route: route, next: noneIn},
		from:      {route: route, next: from},
		fromOut:   {route: route, next: from},
		both:      {route: route, next: from},
	},
	// Table 4
	atom.Subscribed: {
		none:      {route: no, next: none, approval: approve},
		noneOut:   {route: no, next: noneOut, approval: approve},
		noneIn:    {route: route, next: from},
		noneOutIn: {route: route, next: fromOut},
		to:        {route: no, next: to, approval: approve},
		toIn:      {route: route, next: both},
		from:      {route: no, next: from},
		fromOut:   {route: no, next: fromOut},
		both:      {route: no, next: both},
	},
	// Table 5; every "unsubscribed" ends a pre-approval (§3.4.2, the last notes)
	atom.Unsubscribed: {
		none:      {route: no, next: none, approval: revoke},
		noneOut:   {route: no, next: noneOut, approval: revoke},
		noneIn:    {route: route, next: none, approval: revoke},
		noneOutIn: {route: route, next: noneOut, approval: revoke},
		to:        {route: no, next: to, approval: revoke},
		toIn:      {route: route, next: to, approval: revoke},
		from:      {route: route, next: none, approval: revoke},
		fromOut:   {route: route, next: noneOut, approval: revoke},
		both:      {route: route, next: to, approval: revoke},
	},
}

// inboundRow is a row of tables 6 to 9. reply is the type of what the user's server answers by itself, Unknown for nothing.
type inboundRow struct {
	deliver bool
	next    state
	reply   atom.Atom
}

// inbound is RFC 6121 §A.3: what the user's server does with a subscription stanza of the contact's.
var inbound = map[atom.Atom][states]inboundRow{
	// Table 6
	atom.Subscribe: {
		none:      {deliver: deliver, next: noneIn},
		noneOut:   {deliver: deliver, next: noneOutIn},
		noneIn:    {deliver: no, next: noneIn},
		noneOutIn: {deliver: no, next: noneOutIn},
		to:        {deliver: deliver, next: toIn},
		toIn:      {deliver: no, next: toIn},
		from:      {deliver: no, next: from, reply: atom.Subscribed},
		fromOut:   {deliver: no, next: fromOut, reply: atom.Subscribed},
		both:      {deliver: no, next: both, reply: atom.Subscribed},
	},
	// Table 7
	atom.Unsubscribe: {
		none:      {deliver: no, next: none},
		noneOut:   {deliver: no, next: noneOut},
		noneIn:    {deliver: deliver, next: none, reply: atom.Unsubscribed},
		noneOutIn: {deliver: deliver, next: noneOut, reply: atom.Unsubscribed},
		to:        {deliver: no, next: to},
		toIn:      {deliver: deliver, next: to, reply: atom.Unsubscribed},
		from:      {deliver: deliver, next: none, reply: atom.Unsubscribed},
		fromOut:   {deliver: deliver, next: noneOut, reply: atom.Unsubscribed},
		both:      {deliver: deliver, next: to, reply: atom.Unsubscribed},
	},
	// Table 8
	atom.Subscribed: {
		none:      {deliver: no, next: none},
		noneOut:   {deliver: deliver, next: to},
		noneIn:    {deliver: no, next: noneIn},
		noneOutIn: {deliver: deliver, next: toIn},
		to:        {deliver: no, next: to},
		toIn:      {deliver: no, next: toIn},
		from:      {deliver: no, next: from},
		fromOut:   {deliver: deliver, next: both},
		both:      {deliver: no, next: both},
	},
	// Table 9
	atom.Unsubscribed: {
		none:      {deliver: no, next: none},
		noneOut:   {deliver: deliver, next: none},
		noneIn:    {deliver: no, next: noneIn},
		noneOutIn: {deliver: deliver, next: noneIn},
		to:        {deliver: deliver, next: none},
		toIn:      {deliver: deliver, next: noneIn},
		from:      {deliver: no, next: from},
		fromOut:   {deliver: deliver, next: from},
		both:      {deliver: deliver, next: from},
	},
}

// preApproved is table 6 for a contact who was approved in advance, as its note 1 and §3.4.2 say: nothing is delivered, the
// request is granted.
var preApproved = [states]inboundRow{
	none:      {next: from, reply: atom.Subscribed},
	noneOut:   {next: fromOut, reply: atom.Subscribed},
	noneIn:    {next: from, reply: atom.Subscribed},
	noneOutIn: {next: fromOut, reply: atom.Subscribed},
	to:        {next: both, reply: atom.Subscribed},
	toIn:      {next: both, reply: atom.Subscribed},
	from:      {next: from, reply: atom.Subscribed},
	fromOut:   {next: fromOut, reply: atom.Subscribed},
	both:      {next: both, reply: atom.Subscribed},
}
