#!/usr/bin/env bash
# Writes cmd/godwit/default.pgo, the profile by which Go arranges what is hot in the program: decoding, encoding and routing as their benchmarks do it.
# Run it when these have changed much: bash bench/profile.sh
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# profile PACKAGE BENCHMARKS: how much of them there is in the result follows from how long they run.
profile() {
	go test -trimpath "./$1" -run '^$' -bench "$2" -benchtime "$3" -cpuprofile "$folder/${1//\//_}" -o "$folder/test"
}

profile codec/xmltext 'Decode/.*/(16K|1460|64)$|Encode' 2s
profile codec/compact . 1s
profile xmpp/c2s 'Route/.*/passing' 2s
rm "$folder/test"
# What is left of this machine's paths, those of the test programs, is blotted out in the same length.
go tool pprof -proto "$folder"/* | gzip -dc |
	perl -0777 -pe 's{/[\w./-]*/b\d+/}{"/" . "x" x (length($&) - 2) . "/"}ge' | gzip -9 >cmd/godwit/default.pgo
