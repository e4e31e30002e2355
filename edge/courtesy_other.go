//go:build !linux

package edge

// beCourteous has nobody to ask here.
func beCourteous() {}

// endCourtesy undoes beCourteous.
func endCourtesy() {}
