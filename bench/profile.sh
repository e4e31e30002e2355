#!/usr/bin/env bash
# Writes cmd/godwit/default.pgo, the profile by which Go arranges what is hot in the program: decoding, encoding and routing as their benchmarks do it.
# Run it when these have changed much: bash bench/profile.sh
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# profile PACKAGE BENCHMARKS: how much of them there is in the result follows from how long they run.
profile() {
	go test "./$1" -run '^$' -bench "$2" -benchtime "$3" -cpuprofile "$folder/${1//\//_}" -o "$folder/test"
}

profile codec/xmltext 'Decode/.*/(16K|1460|64)$|Encode' 2s
profile codec/compact . 1s
profile xmpp/c2s Route 2s
rm "$folder/test"
go tool pprof -proto "$folder"/* >cmd/godwit/default.pgo
