package xep_test

import "testing"

func TestTime(t *testing.T) { dialogue(t, "time") }
