// Command gen writes the assembly of package plane: one routine for AVX2, one for AVX-512. Run it by go generate in the folder above.
package main
