#!/bin/sh
# Sees to it that redis-server is on this machine, for the tests of the cache. Says
# nothing when it is. No server of the distribution's own is left running.
set -eu

if command -v redis-server >/dev/null 2>&1; then
	exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n -- "$@"
	fi
}

# apt_install: the package would start a server; a policy that lasts as long as the
# installation keeps it from that.
apt_install() {
	echo "installing Redis with apt-get" >&2
	policy=/usr/sbin/policy-rc.d
	made=
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
		made=1
	fi
	status=0
	{
		as_root apt-get update -qq || true
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server
	} >"$log" 2>&1 || status=$?
	[ -z "$made" ] || as_root rm -f "$policy"
	[ "$status" -eq 0 ] || tail -n 5 "$log" >&2
	return "$status"
}

if command -v apt-get >/dev/null && apt_install && command -v redis-server >/dev/null; then exit 0; fi
echo "redis-server is missing, which tests of the cache need: install your distribution's package (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)" >&2
exit 1
