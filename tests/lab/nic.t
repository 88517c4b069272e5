#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Linux's virtio_net on the lab's NIC: physical and virtual function, packed and
# split queues, frames there and back, interrupts as many as the device sent.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

if ! "$PIRBENCH" kernel list | grep -q '^linux-6.1-devices *cached'; then
	echo "1..0 # SKIP linux-6.1-devices is not built (pirbench kernel build linux-6.1-devices)"
	exit 0
fi

${CC:-cc} -Os -static -nostdlib -ffreestanding -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -Wl,-n,--build-id=none -s \
	-o "$tmp/tool" "$(dirname "$0")/nic_tool.c"
ok $? "the tool is built"

{
	echo 'stty -echo'
	echo 'base64 -d <<E | gunzip >/t'
	gzip -9nc "$tmp/tool" | base64 -w 76
	echo E
	cat <<'EOC'
chmod +x /t
pci=/sys/bus/pci/devices/0000:00:14
vf=/sys/bus/pci/drivers/virtio-pci
# NAME FUNCTION INTERFACE: 200 frames of 8 flows, every 500 us.
traffic() {
	bar=$pci.$2/resource4
	/t e $(cat /sys/class/net/$3/ifindex) 1 >/echoed &
	sleep 0.1
	/t w $bar 0x110 1 0x118 200 0x11c 8 0x120 50000 0x128 1 0x12c 0 0x13c 7 0x144 66 0x148 1514 0x104 1
	wait
	echo "$1: echoed" $(cat /echoed) sent $(/t r $bar 0x180) returned $(/t r $bar 0x184) twice $(/t r $bar 0x188)
	echo "$1: packed" $(($(/t r $bar 0x400) / 2)) received $(cat /sys/class/net/$3/statistics/rx_packets)
}
# NAME FUNCTION VIRTIO: messages of the first two pairs, by the device and by Linux.
interrupts() {
	bar=$pci.$2/resource4
	device=$(/t r $bar 0x414 0x454 0x494 0x4d4 | tr '\n' ' ')
	linux=$(for q in input.0 output.0 input.1 output.1; do grep "$3-$q$" /proc/interrupts; done |
		awk '{ print $2 + $3 }' | tr '\n' ' ')
	[ "$device" = "$linux" ] && echo "$1: interrupts are equal" || echo "$1: device $device, linux $linux"
}
ip link set eth0 up
traffic PF 0 eth0
interrupts PF 0 virtio0
echo 1 >$pci.0/sriov_numvfs
sleep 0.1
ip link set eth1 up
traffic VF 1 eth1
interrupts VF 1 virtio1
echo 0000:00:14.1 >$vf/unbind
/t w $pci.1/resource4 0x288 4
echo 0000:00:14.1 >$vf/bind
ip link set eth1 up
traffic split 1 eth1
ip link set eth1 down
echo 0 >$pci.0/sriov_numvfs
ls -d $pci.1 2>/dev/null || echo "no VF"
# The kernel's own lines end so; those of a shell do not.
dmesg | grep -iE 'virtio.*(fail|error|warn|invalid)|DMAR.*fault|cut here|00:14.*(fail|error|BAR.*no)' >/bad
echo "bad lines:" $(wc -l </bad)
poweroff -f
EOC
} >"$tmp/commands"
# shellcheck disable=SC2016 # the inner shell expands it
status 0 "traffic in the lab" sh -c '"$1" lab shell -q --kernel linux-6.1-devices <"$2"' sh "$PIRBENCH" "$tmp/commands"
says out 'PF: echoed 200 sent 200 returned 200 twice 0' "physical function: every frame comes back"
says out 'PF: packed 1 received 200' "on packed queues, and Linux counts them"
says out 'PF: interrupts are equal' "Linux takes as many interrupts as the device sends"
says out 'VF: echoed 200 sent 200 returned 200 twice 0' "virtual function: every frame comes back"
says out 'VF: interrupts are equal' "Linux takes as many interrupts as the device sends"
says out 'split: echoed 200 sent 200 returned 200 twice 0' "split queues: every frame comes back"
says out 'split: packed 0' "without RING_PACKED they are split"
says out 'no VF' "virtual functions go away"
says out 'bad lines: 0' "the kernel complains about nothing"
sed 's/^/# /' "$tmp/out" | grep -E '# .*(PF|VF|split|bad)' || :
plan
