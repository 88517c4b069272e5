# SPDX-License-Identifier: LGPL-2.1-or-later
# The lab: emulator and boot image. Kernels are built by `pirbench kernel build`.
