package im

import "github.com/godwit-im/godwit/store"

// parts is what the store keeps of a state.
type parts struct {
	subscription store.Subscription
	out, in      bool // pending
}

var partsOf = [states]parts{
	none:      {store.SubscriptionNone, false, false},
	noneOut:   {store.SubscriptionNone, true, false},
	noneIn:    {store.SubscriptionNone, false, true},
	noneOutIn: {store.SubscriptionNone, true, true},
	to:        {store.SubscriptionTo, false, false},
	toIn:      {store.SubscriptionTo, false, true},
	from:      {store.SubscriptionFrom, false, false},
	fromOut:   {store.SubscriptionFrom, true, false},
	both:      {store.SubscriptionBoth, false, false},
}

// stateOf returns the state that an item is in; the zero item, of a contact nothing is known of, is in state none. What
// contradicts itself (Both and pending) counts without what is pending.
func stateOf(item *store.RosterItem) state {
	p := parts{item.Subscription, item.Ask, item.PendingIn}
	switch p.subscription {
	case store.SubscriptionTo:
		p.out = false
	case store.SubscriptionFrom:
		p.in = false
	case store.SubscriptionBoth:
		p.out, p.in = false, false
	}
	for s, q := range partsOf {
		if p == q {
			return state(s)
		}
	}
	return none
}

// set puts item into the state. A request that is not pending any more is forgotten.
func (s state) set(item *store.RosterItem) {
	p := partsOf[s]
	item.Subscription, item.Ask, item.PendingIn = p.subscription, p.out, p.in
	if !p.in {
		item.Request = nil
	}
}
