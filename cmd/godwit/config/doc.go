// Package config reads the configuration file of godwit serve.
//
// The file is TOML. Its shape is [Config]: a key is the name of a field in small letters, its words joined by "_", and the comment on the
// field is its documentation. The sections limits and store are the structs of the packages that they are for, so that what can be set is
// described in one place only. reference.toml is made from these comments; godwit check --example prints it.
//
// Nothing is guessed. An unknown key, a value of the wrong type and a value that cannot be meant are errors; an [Error] is one
// line that says where, which key, which value, and what to write instead.
package config
