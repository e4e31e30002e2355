package main

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
)

func TestBenchNetwork(t *testing.T) {
	t.Parallel()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	proxy := start(t, "network", nil, binary, "bench", "network", "--profile", "lte-train", "--to", server.Addr().String())
	_, address, ok := strings.Cut(<-proxy.lines, "lte-train: clients connect to ")
	if !ok {
		t.Fatalf("%q, %s", address, proxy.errs.String())
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "there and back\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); line != "there and back\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestBenchNetworkSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	cli(t, "", "bench", "network", "--list").wants(t, 0, "gprs         20 kbit/s", "")
	cli(t, "", "__complete", "bench", "network", "--profile", "").wants(t, 0, "3g-lossy\ncaptive\nedge\n", "")
	for _, test := range []struct{ args, want string }{
		{"", "at least one of the flags in the group [to list] is required"},
		{"--to nowhere", `--to "nowhere": write host:port`},
		{"--to localhost:1 --profile pigeon", `there is no profile "pigeon": there are 3g-lossy, captive, edge`},
		{"--to localhost:1 --listen 192.0.2.1:0", "--listen: "},
	} {
		cli(t, "", append([]string{"bench", "network"}, strings.Fields(test.args)...)...).wants(t, 1, "", test.want)
	}
}
