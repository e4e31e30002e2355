package xep_test

import "testing"

func TestCarbons(t *testing.T) { dialogue(t, "carbons") }
