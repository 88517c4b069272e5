#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Stepping, watched pages and the models' timers change nothing in the machine:
# whatever the probe does, the guest computes the same, the machine powers off
# at the same tick.  Without the patch for string instructions a timer alone
# does change it: so the comparison can fail.
set -u
build=$(cd "${BUILD:-build}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP
n=0

ok() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

run() { # EMULATOR PROBE: three sums, the last tick
	rm -f "$dir/serial" "$dir/log"
	PROBE=$2 timeout 60 "$1/bochs" -q -f /dev/null \
		'config_interface: textconfig' 'display_library: nogui' 'plugin_ctrl: speaker=0' \
		'memory: host=16, guest=16' \
		"romimage: file=$1/BIOS-bochs-latest, options=fastboot" \
		"vgaromimage: file=$1/vgabios.bin" \
		'cpu: model=corei7_skylake_x, count=2, ips=100000000, quantum=16, reset_on_triple_fault=0' \
		'clock: sync=none, time0=946681200' 'vga: extension=vbe, update_freq=1, realtime=0' \
		'pci: enabled=1, chipset=i440fx' \
		"floppya: 1_44=$build/tests/hooks/floppy.img, status=inserted" 'boot: floppy' \
		"com1: enabled=1, mode=file, dev=$dir/serial" "log: $dir/log" 'logprefix: %t%e%d' \
		'panic: action=fatal' 'error: action=report, cpu0=ignore, cpu1=ignore' \
		'info: action=ignore' 'debug: action=ignore' >"$dir/out" 2>"$dir/err" </dev/null &&
		echo "$(tr '\n' ' ' <"$dir/serial") $(tail -n 1 "$dir/log")"
}

did() { # FIELD: how often the probe did it, as it said last
	sed -n "s/^probe:.* \([0-9]*\) $1.*/\1/p" "$dir/err" | tail -n 1
}

emulator=$(host/lab/emulator/build.sh "$build/tests/hooks/libprobe.a" 2>"$dir/build") || {
	cat "$dir/build" >&2
	echo "Bail out! no emulator"
	exit 1
}
plain=$(run "$emulator" "")
ok $? "the machine powers off: $plain"
while read -r probe field name; do
	now=$(run "$emulator" "$probe")
	ok $? "$name: the machine powers off"
	[ "$now" = "$plain" ]
	ok $? "$name: sums and tick are as without: $now"
	[ "$(did "$field")" -gt 1000 ]
	ok $? "$name: was done $(did "$field") times"
done <<END
t timers timers
s steps stepping
w stores watching
l loads watching loads
e steps stepping begun and ended at stores
setl steps all of it
END

without=$(host/lab/emulator/build.sh --without 11 "$build/tests/hooks/libprobe.a" 2>"$dir/build") || {
	cat "$dir/build" >&2
	echo "Bail out! no emulator without patch 11"
	exit 1
}
[ "$(run "$without" t)" != "$(run "$without" "")" ]
ok $? "without patch 11 a timer changes what the guest computes"
echo "1..$n"
