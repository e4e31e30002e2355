package main

/*
#include <stdlib.h>
#include "godwit.h"

typedef const char gw_text; // so that what the build declares is what godwit.h does: else it fails
*/
import "C"

import (
	"errors"
	"time"
	"unsafe"
)

// failure returns an error as C has it, nil for none.
func failure(err error) *C.char {
	if err == nil {
		return nil
	}
	return C.CString(err.Error())
}

// fail puts an error where the caller wants it.
func fail(to **C.char, err error) {
	if to != nil {
		*to = failure(err)
	}
}

// do calls f for a client.
func do(client C.gw_client, f func(h *handle) error) *C.char {
	h, err := find(int64(client))
	if err == nil {
		err = f(h)
	}
	return failure(err)
}

// get calls f for a client.
func get(client C.gw_client, to **C.char, f func(h *handle) (string, error)) *C.char {
	h, err := find(int64(client))
	var text string
	if err == nil {
		text, err = f(h)
	}
	if fail(to, err); err != nil {
		return nil
	}
	return C.CString(text)
}

var errNull = errors.New("libgodwit: the configuration is NULL")

//export gw_open
func gw_open(config *C.gw_text, to **C.char) C.gw_client {
	if config == nil {
		fail(to, errNull)
		return 0
	}
	number, err := open(C.GoString(config))
	fail(to, err)
	return C.gw_client(number)
}

//export gw_login
func gw_login(client C.gw_client, timeout C.int64_t) *C.char {
	return do(client, func(h *handle) error { return h.Login(int64(timeout)) })
}

//export gw_resume
func gw_resume(client C.gw_client, timeout C.int64_t) *C.char {
	return do(client, func(h *handle) error { return h.Resume(int64(timeout)) })
}

//export gw_next_event
func gw_next_event(client C.gw_client, timeout C.int64_t) *C.char {
	h, err := find(int64(client))
	if err != nil {
		return nil
	}
	text := h.next(time.Duration(min(int64(timeout), year)) * time.Millisecond)
	if text == nil {
		return nil
	}
	return C.CString(string(text))
}

// year is the longest that anybody waits, in ms.
const year = 365 * 24 * 60 * 60 * 1000

//export gw_connect
func gw_connect(client C.gw_client) { keep(client, func(h *handle) { h.Connect() }) }

//export gw_network_changed
func gw_network_changed(client C.gw_client, name *C.gw_text) {
	network := C.GoString(name)
	keep(client, func(h *handle) { h.NetworkChanged(network) })
}

//export gw_foreground
func gw_foreground(client C.gw_client, yes C.int) {
	keep(client, func(h *handle) {
		if yes != 0 {
			h.AppForeground()
		} else {
			h.AppBackground()
		}
	})
}

// keep tells a client what changes when something is due.
func keep(client C.gw_client, f func(h *handle)) {
	if h, err := find(int64(client)); err == nil {
		f(h)
		h.events.nudge()
	}
}

//export gw_send
func gw_send(client C.gw_client, address, body *C.gw_text, to **C.char) *C.char {
	return get(client, to, func(h *handle) (string, error) { return h.Send(C.GoString(address), C.GoString(body)) })
}

//export gw_send_payload
func gw_send_payload(client C.gw_client, address, kind, payload *C.gw_text, to **C.char) *C.char {
	return get(client, to, func(h *handle) (string, error) {
		return h.SendPayload(C.GoString(address), C.GoString(kind), C.GoString(payload))
	})
}

//export gw_mark_read
func gw_mark_read(client C.gw_client, address, id *C.gw_text) *C.char {
	return do(client, func(h *handle) error { return h.MarkRead(C.GoString(address), C.GoString(id)) })
}

//export gw_set_presence
func gw_set_presence(client C.gw_client, show, status *C.gw_text) *C.char {
	return do(client, func(h *handle) error { return h.SetPresence(C.GoString(show), C.GoString(status)) })
}

//export gw_contact
func gw_contact(client C.gw_client, action, jid, name *C.gw_text) *C.char {
	return do(client, func(h *handle) error { return h.contact(C.GoString(action), C.GoString(jid), C.GoString(name)) })
}

//export gw_history
func gw_history(client C.gw_client, chat, before *C.gw_text, limit C.int64_t, to **C.char) *C.char {
	return get(client, to, func(h *handle) (string, error) {
		return h.history(C.GoString(chat), C.GoString(before), int(limit))
	})
}

//export gw_suspend
func gw_suspend(client C.gw_client) {
	if h, err := find(int64(client)); err == nil {
		h.events.hold(false)
		h.Suspend()
		h.events.hold(true)
	}
}

//export gw_close
func gw_close(client C.gw_client, timeout C.int64_t) {
	if h := forget(int64(client)); h != nil {
		h.events.hold(false)
		h.Close(int64(timeout))
		_ = h.close() // all that was sent is on the disk
	}
}

//export gw_free
func gw_free(text *C.char) { C.free(unsafe.Pointer(text)) }
