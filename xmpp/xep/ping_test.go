package xep_test

import "testing"

func TestPing(t *testing.T) { dialogue(t, "ping") }
