#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fetch a Debian package from another suite than the machine's own, without
# root and without touching the machine's apt configuration.
#
#   apt-private.sh SUITE[,SUITE...] update                  fetch the suites' lists again
#   apt-private.sh SUITE[,SUITE...] source-tar PKG=VER DIR  a source package's tarballs
#   apt-private.sh SUITE[,SUITE...] download PKG[=VER]... DIR  binary packages
#   apt-private.sh SUITE[,SUITE...] newest GLOB             newest package of that name
#
# source-tar and download print the path of each file that they put into DIR;
# newest prints PKG=VER, as download takes it.  The lists are fetched when they
# are missing, or once more when they do not know what is asked for; they are
# kept in ${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}/apt.
#
# Mirrors, proxies and credentials are those that the machine already uses: apt
# itself says what they are, so both formats of its sources are understood.  What
# is not signed by Debian's own archive keys is refused.
set -eu

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() {
	echo "apt-private: $*" >&2
	exit 1
}

usage() {
	sed -n 's/^#   apt-private/usage: apt-private/p' "$0" >&2
	exit 2
}

# The base URIs from which the machine gets its own Debian suites.
mirrors() {
	# shellcheck source=/dev/null
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	apt-get update --print-uris -o Dir::State::lists="$state/none" |
		sed -n "s,^'\\(.*\\)/dists/\\([^/']*\\)/InRelease' .*,\\2 \\1,p" |
		while read -r name uri; do
			case "$name" in
			"$suite" | "$suite"-updates | stable | oldstable | testing | unstable | sid)
				echo "${uri%/}"
				;;
			esac
		done | grep -v '^cdrom:' | sort -u
}

configure() {
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/none/partial"
	: >"$state/status"
	cat >"$state/apt.conf" <<-END
		Dir::State "$state";
		Dir::State::lists "$state/lists";
		Dir::State::status "$state/status";
		Dir::Cache "$state/cache";
		Dir::Etc::sourcelist "$state/mirrors.sources";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "-";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::GzipIndexes "true";
		Acquire::Retries "3";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	END
}

private() {
	tool=$1
	shift
	"$tool" -c "$state/apt.conf" -qq "$@"
}

update() {
	[ -r "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	uris=$(mirrors)
	[ -n "$uris" ] || die "the machine's apt sources name no Debian archive"
	for uri in $uris; do
		printf 'Types: deb deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
			"$uri" "$(echo "$suites" | tr , ' ')" "$keyring"
	done >"$state/mirrors.sources"
	echo "apt-private: fetching the package lists of $suites" >&2
	# A mirror that lacks a suite is no error while another has it.
	private apt-get update >"$state/update.log" 2>&1 || true
	for suite in $(echo "$suites" | tr , ' '); do
		set -- "$state"/lists/*_dists_"$suite"_InRelease
		[ -e "$1" ] || {
			cat "$state/update.log" >&2
			die "no mirror of this machine serves Debian's suite $suite"
		}
	done
	fresh=1
}

# Run "$@" with the lists at hand; if it fails, again with fresh ones.
with_lists() {
	fresh=
	[ -e "$state/mirrors.sources" ] || update
	if [ -z "$fresh" ]; then
		"$@" 2>/dev/null && return
		update
	fi
	"$@"
}

# fetch DIR COMMAND...: run it in a directory of its own beside DIR's files.
fetch() {
	part=$(mktemp -d "$1/.apt-private.XXXXXX")
	dir=$1
	shift
	if ! (cd "$part" && "$@" >&2); then
		rm -rf "$part"
		return 1
	fi
	for file in "$part"/*; do
		mv -f "$file" "$dir/"
		echo "$dir/${file##*/}"
	done
	rm -rf "$part"
	part=
}

source_tar() {
	fetch "$2" private apt-get source --tar-only --download-only "$1"
}

download() {
	to=$1
	shift
	# The last is the directory's name, as it was typed.
	n=$#
	for word; do
		shift
		n=$((n - 1))
		[ "$n" -eq 0 ] || set -- "$@" "$word"
	done
	fetch "$to" private apt-get download "$@"
}

newest() {
	private apt-cache pkgnames | {
		while read -r name; do
			# shellcheck disable=SC2254 # it is a pattern
			case "$name" in
			$1) echo "$name" ;;
			esac
		done
	} | sort -V | tail -n 1 | {
		read -r name || return 1
		private apt-cache show --no-all-versions "$name" |
			sed -n "s/^Version: /$name=/p" | head -n 1
	}
}

[ $# -ge 2 ] || usage
suites=$1
command=$2
shift 2
case "$suites" in
'' | *[!a-z0-9,.-]* | .* | -*) die "'$suites': not a list of suites, as in trixie,trixie-backports" ;;
esac

state=${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}/apt/$suites
mkdir -p "$state"
state=$(cd "$state" && pwd)
exec 9>"$state/lock"
flock 9
part=
trap '[ -z "$part" ] || rm -rf "$part"' EXIT
trap 'exit 130' INT TERM HUP
configure

case "$command" in
update)
	[ $# -eq 0 ] || usage
	update
	;;
source-tar | download)
	[ $# -eq 2 ] || { [ $# -gt 2 ] && [ "$command" = download ]; } || usage
	for last; do :; done
	mkdir -p "$last"
	dir=$(cd "$last" && pwd)
	what="$1 and others"
	[ $# -gt 2 ] || what=$1
	case "$command" in
	source-tar) with_lists source_tar "$1" "$dir" ;;
	download) with_lists download "$dir" "$@" ;;
	esac || die "$suites: no package $what, or it cannot be fetched"
	;;
newest)
	[ $# -eq 1 ] || usage
	with_lists newest "$1" || die "$suites: no package is named $1"
	;;
*) usage ;;
esac
