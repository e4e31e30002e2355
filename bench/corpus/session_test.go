package corpus

import (
	"fmt"
	"testing"
)

func plainID(_ string, seq uint64) string { return fmt.Sprint(seq) }

func TestDbgSessions(t *testing.T) {
	n, bytes := map[string]int{}, map[string]int{}
	total, all := 0, 0
	for _, s := range Sessions(1, 50, 400, plainID, nil) {
		for _, z := range s.Stanzas {
			k := fmt.Sprint(z.Kind, z.Up)
			n[k]++
			bytes[k] += len(z.XML)
			total += len(z.XML)
			all++
		}
	}
	for k := range n {
		fmt.Printf("%-22s %5.1f%%  %d\n", k, float64(n[k])*100/float64(all), bytes[k]/n[k])
	}
	fmt.Println(all, total/all)
}
