package main

// main is not called in a library.
func main() {}
