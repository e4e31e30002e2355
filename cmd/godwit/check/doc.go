// Package check looks at what a configuration needs of the machine, before a server is started with it: certificates, ports, disk, descriptors. A
// [Finding] is one thing that was looked at, in a sentence that names it and, when it is bad, the remedy. Nothing is changed: a port is opened and closed again.
package check
