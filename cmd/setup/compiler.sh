#!/bin/sh
# Sees to it that there is a C compiler, which PostgreSQL's own parser is built
# with. Says nothing when there is one.
set -eu

cc=${CC:-gcc}
if command -v "$cc" >/dev/null 2>&1; then
	exit 0
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root='sudo -n --'
fi
if command -v apt-get >/dev/null 2>&1; then
	echo "installing a C compiler"
	$as_root apt-get -qq update >/dev/null 2>&1 || true
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends gcc libc6-dev >/dev/null 2>&1 || true
fi
if ! command -v "$cc" >/dev/null 2>&1; then
	echo "Athena needs a C compiler to build: install gcc or clang (and set CC), then run make again" >&2
	exit 1
fi
