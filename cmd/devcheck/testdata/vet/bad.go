// Package vet is what go vet must complain about.
package vet

import "fmt"

// Bad prints a string as a number.
func Bad() { fmt.Printf("%d\n", "one") }
