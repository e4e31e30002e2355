package xep_test

import "testing"

func TestRetract(t *testing.T) { dialogue(t, "retract") }
