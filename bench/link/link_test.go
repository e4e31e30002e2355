package link

import (
	"context"
	"fmt"
	"testing"
)

func TestRun(t *testing.T) {
	r, err := Run(context.Background(), Config{Seed: 99, Sessions: 10, Stanzas: 300, Peers: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range append(r.Rows, r.Total) {
		fmt.Printf("%-42s %6d %7.1f %7.1f %6.1f %v\n", row.Kind, row.Count, row.XML, row.TLS, row.Frame, row.Peers)
	}
	fmt.Println(r.Shared, r.Tables)
}
