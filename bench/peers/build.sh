#!/usr/bin/env bash
# Builds the programs that godwit bench codec compares with into a folder, which
# is made:
#
#   bench/peers/build.sh [--no-install] FOLDER
#
# It installs the Debian packages that are missing, valgrind for instruction
# counts among them. With --no-install it says which are missing, and exits 3.
set -euo pipefail

packages=(gcc libc6-dev libexpat1-dev libxml2-dev valgrind)
install=true
if [[ ${1-} == --no-install ]]; then
	install=false
	packages=(gcc libc6-dev libexpat1-dev libxml2-dev)
	shift
fi
if [[ $# -ne 1 || $1 == -* ]]; then
	echo "usage: $0 [--no-install] FOLDER" >&2
	exit 2
fi
folder=$1
src=$(dirname "$0")/src

missing=()
for package in "${packages[@]}"; do
	dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if ((${#missing[@]})); then
	if ! $install; then
		echo "missing: ${missing[*]}" >&2
		exit 3
	fi
	sudo=()
	((EUID == 0)) || sudo=(sudo)
	"${sudo[@]}" apt-get update -q
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

mkdir -p "$folder"
flags=(-std=gnu11 -O2 -Wall -Wextra)
gcc "${flags[@]}" -o "$folder/expat" "$src/expat.c" -lexpat
# shellcheck disable=SC2046 # several words
gcc "${flags[@]}" $(xml2-config --cflags) -o "$folder/libxml2" "$src/libxml2.c" $(xml2-config --libs)
echo "built expat and libxml2 in $folder"
