package main

import "github.com/spf13/cobra"

func newLocalserve() *cobra.Command { return &cobra.Command{Use: "localserve"} }
func newCheck() *cobra.Command      { return &cobra.Command{Use: "check"} }
func newChat() *cobra.Command       { return &cobra.Command{Use: "chat"} }
