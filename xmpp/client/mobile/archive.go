package mobile

import (
	"context"
	"errors"
	"fmt"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Page is a part of the account's archive, the oldest message first.
type Page struct {
	// First is the archive id of the first message, to go on before it; "" when there is none.
	First string
	// Complete says that there is nothing before it.
	Complete bool
	messages []*Message
}

// Len returns the number of messages.
func (p *Page) Len() int { return len(p.messages) }

// At returns message i, 0 ≤ i < Len.
func (p *Page) At(i int) *Message { return p.messages[i] }

// History reads the archive backwards, for scrolling: at most max messages of the chat with a bare JID ("" for all chats) that are before the one with the archive id before
// ("" for the newest). It waits for the server. What has come since the app was last there comes by itself, to Listener.Received.
func (c *Client) History(chat, before string, max int) (*Page, error) {
	q := client.Query{Before: before, Newest: before == "", Max: max}
	if chat != "" {
		with, err := jid.Parse(chat)
		if err != nil {
			return nil, fmt.Errorf("mobile: the chat: %w", err)
		}
		q.With = with
	}
	if max < 1 {
		return nil, errors.New("mobile: a page holds a message at least")
	}
	s := c.session()
	if s == nil {
		return nil, errOffline
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	got, err := s.conn.ArchivePage(ctx, q)
	if err != nil {
		return nil, err
	}
	page := &Page{First: got.First, Complete: got.Complete}
	for _, stanza := range got.Messages {
		m := s.read(stanza)
		page.messages = append(page.messages, &m.Message)
	}
	return page, nil
}
