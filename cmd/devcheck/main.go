package main

import (
	"flag"
	"fmt"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("devcheck: ")
	specs := flag.String("sections", "", "print the section index of the RFCs and XEPs in this `folder` and exit")
	flag.Parse()
	if *specs != "" {
		if err := writeSections(os.Stdout, *specs); err != nil {
			log.Fatal(err)
		}
		return
	}
	found, err := check()
	if err != nil {
		log.Fatal(err)
	}
	if found > 0 {
		log.Fatalf("%d findings", found)
	}
}

// check runs every rule over the repository around the working directory,
// prints what they find, and returns how much that was.
func check() (int, error) {
	root, err := findRoot()
	if err != nil {
		return 0, err
	}
	repo, err := LoadRepo(root)
	if err != nil {
		return 0, err
	}
	found := 0
	for _, rule := range rules {
		for _, f := range rule.Check(repo) {
			fmt.Printf("%s [%s]\n", f, rule.Name)
			found++
		}
	}
	return found, nil
}
