// Package check looks at what a configuration needs of the machine, before a server is started with it: certificates, ports, disk, descriptors.
package check
