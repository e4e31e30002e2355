package corpus

import (
	"math/rand/v2"
)

// kinds are the kinds of elements, and how many of each there are in a thousand.
var kinds = []struct {
	share int
	write func(w *writer)
}{
	{210, (*writer).chatMessage},
	{100, (*writer).typing},
	{90, (*writer).receipt},
	{140, (*writer).presence},
	{50, (*writer).roomPresence},
	{80, (*writer).groupchat},
	{70, (*writer).archived},
	{50, (*writer).carbon},
	{50, (*writer).omemo},
	{50, (*writer).ping},
	{20, (*writer).pep},
	{14, (*writer).disco},
	{4, (*writer).roster},
	{1, (*writer).avatar},
	{60, (*writer).ack},
	{11, (*writer).clientState},
}

// Traffic returns mixed traffic of about size bytes. Every thousand elements have the kinds in their exact shares, in any order: a
// small corpus is as mixed as a large one. Of ten elements three use double quotes.
func Traffic(seed uint64, size int) *Corpus {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 0))}
	var deck []func(*writer)
	for _, k := range kinds {
		for range k.share {
			deck = append(deck, k.write)
		}
	}
	return build("traffic", size, func(i int) []byte {
		if i %= len(deck); i == 0 {
			w.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		}
		w.b, w.quote = w.b[:0], '\''
		if w.chance(30) {
			w.quote = '"'
		}
		deck[i](w)
		return w.b
	})
}
