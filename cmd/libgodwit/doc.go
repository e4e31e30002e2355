// Command libgodwit is package xmpp/client/mobile as a library for C and whatever can call C:
//
//	go build -buildmode=c-shared -o libgodwit.so ./cmd/libgodwit
//	cc -I cmd/libgodwit app.c ./libgodwit.so
//
// It needs cgo; built without, this is an empty program.
//
// Its interface is godwit.h, which is written by hand; the header that the build makes is not needed. testdata/talk.c and testdata/talk.py are whole programs that use it:
// they log in, send, receive, and go on when the server was killed.
//
// export.go has the functions, handles.go what their handles stand for, events.go the queue between the listener and gw_next_event. The tests need a C compiler
// and Python, and run with GODWIT_CLIB=1.
package main
