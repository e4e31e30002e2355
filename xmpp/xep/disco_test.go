package xep_test

import "testing"

func TestDisco(t *testing.T) { dialogue(t, "disco") }
