package xep_test

import "testing"

func TestLast(t *testing.T) { dialogue(t, "last") }
