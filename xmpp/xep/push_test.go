package xep_test

import "testing"

func TestPush(t *testing.T) { dialogue(t, "push") }
