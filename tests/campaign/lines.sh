#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The table of docs/devices.md: lines of each model, in code and headers, comments
# and blank lines included.
set -u
cd "$(dirname "$0")/../../host/lab/model" || exit 2

row() {
	what=$1
	shift
	printf '| %s | %s | %s |\n' "$what" "$(cat "$@" | wc -l)" "$#"
}

echo '| model | lines | files |'
echo '|---|---:|---:|'
row 'poster' poster*.[ch]
row 'NVMe controller' nvme*.[ch]
row 'NIC' virtio*.[ch] nic*.[ch] wire_*.[ch]
row 'what they share: record, instrument, posts on demand' record.[ch] instrument.[ch] swept.[ch]
row 'PCI functions, SR-IOV' pci*.[ch]
row 'IOMMU' vtd*.[ch]
