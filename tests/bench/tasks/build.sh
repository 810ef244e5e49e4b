#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh go|tokio FILE: the program beside, as FILE. Exit status 77, with a reason, where what it needs is not there.
# Nothing comes from the network: tokio's sources are those of Debian's librust-tokio-dev.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
crates=/usr/share/cargo/registry

case $1 in
go)
	command -v go >/dev/null || {
		echo "skipped: no go (package golang-go)"
		exit 77
	}
	GOCACHE=$folder/cache GOFLAGS=-mod=mod GO111MODULE=off go build -o "$2" "$here/tasks.go"
	;;
tokio)
	if ! command -v cargo >/dev/null || ! ls -d "$crates"/tokio-1* >/dev/null 2>&1; then
		echo "skipped: no cargo, or no tokio below $crates (packages cargo and librust-tokio-dev)"
		exit 77
	fi
	cp -r "$here/Cargo.toml" "$here/src" "$folder"
	cargo build --quiet --release --offline --manifest-path "$folder/Cargo.toml" --target-dir "$folder/target" \
		--config 'source.crates-io.replace-with="debian"' --config "source.debian.directory=\"$crates\""
	cp "$folder/target/release/tasks" "$2"
	;;
*)
	echo "usage: build.sh go|tokio FILE" >&2
	exit 2
	;;
esac
