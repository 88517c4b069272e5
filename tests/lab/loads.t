#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands in the lab; the root image's programs with the lab's devices.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
case $PIRBENCH in
/*) ;;
*) PIRBENCH=$PWD/$PIRBENCH ;;
esac
cd "$tmp" || exit 1

cat >script <<'EOF2'
echo to stdout
echo to stderr >&2
echo to a file >file
exit 7
EOF2
status 7 "a command" "$PIRBENCH" lab run -q --in script --out file -- sh script
says out '^to stdout$' "its output"
says err '^to stderr$' "its errors"
[ "$(cat file)" = "to a file" ]
ok $? "its file"
status 125 "a file that is not made" "$PIRBENCH" lab run -q --out none -- true
one_line "a file that is not made"
status 127 "no such command" "$PIRBENCH" lab run -q -- frobnicate
status 137 "a command that is killed" "$PIRBENCH" lab run -q -- sh -c 'kill -9 $$'
status 125 "more than fits" "$PIRBENCH" lab run -q -- dd if=/dev/zero bs=1M count=17
status 125 "a machine that is switched off" "$PIRBENCH" lab run -q -- poweroff -f
status 125 "a kernel that warns" "$PIRBENCH" lab run -q -- sh -c 'echo "<1>WARNING: no" >/dev/kmsg; sleep 1'

status 2 "lab fio without a job" "$PIRBENCH" lab fio -q
status 2 "no such job" "$PIRBENCH" lab fio -q frobnicate
status 2 "no such function" "$PIRBENCH" lab fio -q --function vf9 randread
status 2 "service without period" "$PIRBENCH" lab fio -q --service fixed randread

skip=
[ -n "$(find "${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}/images" -name '*.root' 2>/dev/null)" ] ||
	skip="the root image is not built (pirbench lab root)"
"$PIRBENCH" kernel list 2>/dev/null | grep -Eq '^linux-6.1-devices +cached' ||
	skip="linux-6.1-devices is not built"
[ -z "$skip" ] || {
	tests=$((tests + 1))
	echo "ok $tests - programs # SKIP $skip"
	plan
	exit 0
}

cat >script <<'EOF2'
job() { DISK=$1 fio --output=out "$2"; echo "$2 $1 $?"; }
echo 1 >/sys/bus/pci/devices/0000:00:12.0/sriov_numvfs
for i in 1 2 3 4 5 6 7 8 9; do [ -b /dev/nvme1n2 ] && break; sleep 1; done
for disk in /dev/nvme0n1 /dev/nvme1n2; do
	for j in randread.fio mixed.fio verify.fio; do job $disk $j; done
done
job /dev/nvme0n1 verify-only.fio
dd if=/dev/zero of=/dev/nvme0n1 bs=4k count=1 seek=7 conv=fsync 2>/dev/null
DISK=/dev/nvme0n1 fio --output=out verify-only.fio 2>/dev/null || echo damage is seen
echo drives $(nvme list | grep -c pirbench)
lspci -vv -s 00:12 | grep -E 'SR-IOV|MSI-X: Enable'
ethtool -i eth0 | head -n 1
echo complaints $(dmesg -r | grep '^<[0-4]>' | grep -ciE 'pci |vfio|nvme|virtio|dmar|iommu')
EOF2
# shellcheck disable=SC2046 # a list of options
status 0 "fio, nvme, lspci, ethtool" "$PIRBENCH" lab run -q --kernel linux-6.1-devices --root \
	--in script $(for f in "$root"/configs/fio/*.fio; do echo --in "$f"; done) -- sh script
for disk in nvme0n1 nvme1n2; do
	for j in randread mixed verify; do
		says out "^$j.fio /dev/$disk 0\$" "fio $j on $disk"
	done
done
says out '^verify-only.fio /dev/nvme0n1 0$' "what was written is there"
says out '^damage is seen$' "a block that is damaged is seen"
says out '^drives 2$' "nvme list has function and virtual function"
says out 'SR-IOV' "lspci sees SR-IOV"
says out '^driver: virtio_net$' "ethtool"
says out '^complaints 0$' "the kernel complains of nothing"
# What is wrong is a line and a status; the last job fails, the one before is shown.
# shellcheck disable=SC2016 # DISK is set in the lab
printf '[late]\nfilename=${DISK}\nrw=read\nbs=4k\nsize=8k\noffset=1g\n' >beyond.fio
status 1 "lab fio" "$PIRBENCH" lab fio -q --function vf2 --service fixed --period 300 \
	--json fio.json randread ./beyond.fio
says out '^randread +read +500 ' "its table"
one_line "a job that does nothing"
says err '^pirbench: ./beyond.fio: late: no I/O$' "it says which"
# A read takes at least as long as the drive was told to.
awk '$1 == "randread" { exit !($7 >= 300) }' out
ok $? "service times are those asked for"
grep -q '"function":"vf2".*"bins":\[\[' fio.json
ok $? "its JSON has bins"
plan
