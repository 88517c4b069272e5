// SPDX-License-Identifier: GPL-2.0-only
//
// KVM starts later by a million ticks of the TSC, once. No path of an interrupt
// changes, but all that follows meets the machine's timers in other phases.
//
// File: arch/x86/kvm/vmx/posted_intr.c 1

@@ expression lock; @@
 pi_init_cpu(...)
 {
+	u64 start = rdtsc();
+
+	while (rdtsc() - start < 1000000)
+		cpu_relax();
 ...
 raw_spin_lock_init(lock);
 ...
 }
