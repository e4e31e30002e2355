package main

import "testing"

func TestBenchTransportCompletions(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"idle", "resume", "durability", "chat", "login", "compare"} {
		cli(t, "", "__complete", "bench", name, "--transport", "").wants(t, 0, "link\nplain\nstarttls\ntls\n", "")
	}
}
