package figures

import "io"

// WritePage writes the page.
func (r *Report) WritePage(w io.Writer) error { return nil }
