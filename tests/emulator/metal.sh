#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# metal.sh EMULATOR PROGRAM.elf [SEED [pause|signals|clock]]
#
# Boot a program of this directory on the bare emulated machine and print what
# it says on the serial line. With "pause" the emulator's process is stopped
# for a while in the middle: what the machine does must not notice.  "signals"
# prints the mask of the signals that it catches, "clock" how often it asked for
# the host's time.
set -eu
emulator=$1
program=$2
seed=${3:-1}
clock=$(dirname "$(readlink -f "$program")")/hostclock.so
dir=$(mktemp -d)
: >"$dir/asked"
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

bios=$(dpkg -L isolinux | grep '/isolinux.bin$')
modules=$(dpkg -L syslinux-common | grep '/bios/mboot.c32$')
modules=${modules%/mboot.c32}
mkdir -p "$dir/iso/isolinux"
cp "$program" "$dir/iso/metal.elf"
cp "$bios" "$modules/ldlinux.c32" "$modules/libcom32.c32" "$modules/mboot.c32" "$dir/iso/isolinux/"
printf 'default m\nprompt 0\nlabel m\nkernel mboot.c32\nappend /metal.elf\n' \
	>"$dir/iso/isolinux/isolinux.cfg"
xorriso -as mkisofs -quiet -o "$dir/metal.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat \
	-no-emul-boot -boot-load-size 4 -boot-info-table "$dir/iso" 2>"$dir/xorriso.log" || {
	cat "$dir/xorriso.log" >&2
	exit 2
}
cat >"$dir/bochsrc" <<END
config_interface: textconfig
display_library: nogui
plugin_ctrl: speaker=0
memory: host=64, guest=64
romimage: file=$emulator/BIOS-bochs-latest
vgaromimage: file=$emulator/vgabios.bin
cpu: model=corei7_skylake_x, count=2, ips=100000000, quantum=16, reset_on_triple_fault=0
clock: sync=none, time0=946681200
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=$dir/metal.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$dir/serial
vga: extension=vbe, update_freq=1, realtime=0
pci: enabled=1, chipset=i440fx
log: $dir/log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
END
cd "$dir"
preload=
[ "${4:-}" != clock ] || preload=$clock
HOSTCLOCK=$dir/asked LD_PRELOAD=$preload PIRLAB_SEED=$seed timeout 60 "$emulator/bochs" -q -f bochsrc >out 2>&1 </dev/null &
job=$!
if [ "${4:-}" = pause ]; then
	for _ in 1 2 3 4; do
		sleep 0.3
		pkill -STOP -P $job || break
		sleep 0.3
		pkill -CONT -P $job || break
	done
fi
if [ "${4:-}" = signals ]; then
	sleep 0.5
	grep SigCgt "/proc/$(pgrep -P $job)/status"
fi
wait $job || true
[ "${4:-}" != clock ] || echo "HOSTCLOCK $(wc -c <asked)"
tr -d '\r' <serial
grep -q '^RESULT' serial || {
	echo "the program did not end; the emulator's last words:" >&2
	tail -n 5 log out >&2
	exit 2
}
