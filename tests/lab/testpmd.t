#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# pirbench-pktgen and DPDK's own testpmd, on two virtual functions of the lab's NIC,
# count the same frames.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

pktgen=$(dirname "$PIRBENCH")/pirbench-pktgen
skip=
[ -x "$pktgen" ] || skip="pirbench-pktgen is not built: libdpdk-dev is not installed"
"$PIRBENCH" kernel list 2>/dev/null | grep -Eq '^linux-6.1-devices +cached' ||
	skip="linux-6.1-devices is not built"
[ -z "$skip" ] || {
	echo "ok 1 - testpmd # SKIP $skip"
	echo 1..1
	exit 0
}
strip -o "$tmp/pirbench-pktgen" "$pktgen" || exit 2

cat >"$tmp/inside.sh" <<'END'
echo 2 >/sys/bus/pci/devices/0000:00:14.0/sriov_numvfs
for f in 0000:00:14.1 0000:00:14.2; do
	echo $f >/sys/bus/pci/drivers/virtio-pci/unbind
	echo vfio-pci >/sys/bus/pci/devices/$f/driver_override
	echo $f >/sys/bus/pci/drivers/vfio-pci/bind
done
mkdir -p /dev/hugepages /var/run
mount -t hugetlbfs none /dev/hugepages
echo 96 >/proc/sys/vm/nr_hugepages
chmod +x pirbench-pktgen
trap '' PIPE
for mode in rxonly macswap; do
	way=
	[ $mode = macswap ] || way=--one-way
	mkfifo in.$mode
	dpdk-testpmd -l 0,1 -m 64 --in-memory --file-prefix=testpmd -a 0000:00:14.1 -- \
		--forward-mode=$mode --total-num-mbufs=2048 -i <in.$mode >testpmd.log 2>&1 &
	exec 3>in.$mode
	echo start >&3
	for i in 1 2 3 4 5 6 7 8 9 10; do
		sleep 1
		grep -q 'start packet forwarding' testpmd.log && break
	done
	echo "$mode pktgen: $(./pirbench-pktgen --dst 02:50:49:52:00:01 -r 10k -n 5000 $way \
		-- -l 0 -m 64 -a 0000:00:14.2)"
	sleep 1
	echo stop >&3
	echo quit >&3
	wait $!
	exec 3>&-
	echo "$mode testpmd:" $(grep -A 2 Accumulated testpmd.log | grep -o '.X-total: [0-9]*')
done
echo complaints "$(dmesg -r | grep '^<[0-4]>' | grep -ciE 'dmar|vfio|virtio')"
END
status 0 "testpmd and pirbench-pktgen on two virtual functions" "$PIRBENCH" lab run -q \
	--kernel linux-6.1-devices --root --in "$tmp/inside.sh" --in "$tmp/pirbench-pktgen" \
	--timeout 100 -- sh inside.sh
says out '^rxonly pktgen: sent 5000 ' "frames are sent"
says out '^rxonly testpmd: RX-total: 5000 TX-total: 0$' "testpmd received as many"
says out '^macswap pktgen: sent 5000 .*lost 0, duplicates 0, reordered 0' "all come back"
says out '^macswap testpmd: RX-total: 5000 TX-total: 5000$' "testpmd says so, too"
says out '^complaints 0$' "the kernel complains of nothing"
plan
