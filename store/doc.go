// Package store keeps what must outlive the process: accounts, rosters, message
// archives, delivery cursors, device keys and the small tables of extensions.
package store
