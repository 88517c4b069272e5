#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an unmodified kernel finds in the lab's PCIe functions and NVMe controllers.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

# What is typed is echoed whenever the kernel likes: so it is a script, run when all is typed.
inside() {
	{
		echo "cat >/tmp/script <<'END'"
		cat "$tmp/script"
		printf 'END\nsh /tmp/script; sleep 1; poweroff -f\n'
	} >"$tmp/commands"
	# shellcheck disable=SC2016 # the inner shell expands it
	status 0 "$1" sh -c '"$1" lab shell -q --kernel "$2" <"$3" >"$4" && tr -d "\r" <"$4"' sh \
		"$PIRBENCH" "$2" "$tmp/commands" "$tmp/raw"
}

# The kernel's complaints about what is tested here, at least warnings.
# shellcheck disable=SC2016 # the lab's shell expands it
complaints='echo complaints $(dmesg -r | grep "^<[0-4]>" | grep -ciE "pci|vfio|nvme|dmar|iommu")'

cat >"$tmp/script" <<-EOF
	cd /sys/bus/pci/devices
	echo size \$(wc -c <0000:00:10.0/config) \$(wc -c <0000:00:12.0/config)
	echo Y >/sys/module/vfio_pci/parameters/enable_sriov
	echo vfio-pci >0000:00:12.0/driver_override
	echo 0000:00:12.0 >/sys/bus/pci/drivers/vfio-pci/bind
	echo 4 >0000:00:12.0/sriov_numvfs
	echo vfs \$(ls -d 0000:00:12.[1-9] | wc -l)
	echo groups \$(for f in 0 1 2 3 4; do readlink 0000:00:12.\$f/iommu_group; done | sort -u | wc -l)
	for f in 0 1 2 3 4; do echo 1 >0000:00:12.\$f/reset; echo reset \$f: \$?; done
	echo 0 >0000:00:12.0/sriov_numvfs
	echo left \$(ls -d 0000:00:12.* | wc -l)
	$complaints
EOF
inside "vfio-pci has the NVMe's physical function" linux-6.1
says out '^size 4096 4096$' "extended configuration space"
says out '^vfs 4$' "four virtual functions"
says out '^groups 5$' "each function is an IOMMU group"
for f in 0 1 2 3 4; do
	says out "^reset $f: 0$" "function $f is reset"
done
says out '^left 1$' "the virtual functions go away"
says out '^complaints 0$' "the kernel complains of nothing"

"$PIRBENCH" kernel list 2>/dev/null | grep -Eq '^linux-6.1-devices +cached' || {
	tests=$((tests + 1))
	echo "ok $tests - drivers # SKIP linux-6.1-devices is not built"
	plan
	exit 0
}

cat >"$tmp/script" <<-EOF
	irqs() { grep nvme0q[12] /proc/interrupts | tr -s ' ' | cut -d ' ' -f 3,4 | tr ' ' '+' | tr '\n' '+'; }
	a=\$((\$(irqs)0)); i=0
	while [ \$i -lt 20 ]; do dd if=/dev/nvme0n1 of=/dev/null bs=4k count=1 skip=\$((99+i)) iflag=direct 2>/dev/null; i=\$((i+1)); done
	b=\$((\$(irqs)0)); echo interrupts \$((b-a))
	dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null
	dd if=/tmp/r of=/dev/nvme0n1 bs=64k conv=fsync 2>/dev/null; echo 3 >/proc/sys/vm/drop_caches
	dd if=/dev/nvme0n1 bs=64k count=16 2>/dev/null | cmp - /tmp/r; echo data \$?
	cd /sys/bus/pci/devices
	echo 2 >0000:00:12.0/sriov_numvfs; sleep 1; echo disks \$(ls /dev/nvme?n? | wc -l)
	dd if=/tmp/r of=/dev/nvme1n2 bs=64k conv=fsync 2>/dev/null & echo 1 >0000:00:12.1/reset; wait
	echo 3 >/proc/sys/vm/drop_caches
	dd if=/dev/nvme1n2 bs=64k count=16 2>/dev/null | cmp - /tmp/r; echo after reset \$?
	$complaints
EOF
inside "Linux's NVMe driver" linux-6.1-devices
says out '^interrupts 20$' "one interrupt per command at depth 1"
says out '^data 0$' "what was written is read"
says out '^disks 3$' "virtual functions are disks"
says out '^after reset 0$' "a reset amid writes loses none"
says out '^complaints 0$' "the driver complains of nothing"
plan
