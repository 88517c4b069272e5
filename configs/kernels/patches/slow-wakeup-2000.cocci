// SPDX-License-Identifier: GPL-2.0-only
//
// pi_wakeup_handler() waits for 2000 ticks of the TSC: a kernel that is
// slower by a known amount.
//
// File: arch/x86/kvm/vmx/posted_intr.c 1

@@ expression lock; @@
 pi_wakeup_handler(...)
 {
 ...
+{
+	u64 start = rdtsc();
+
+	while (rdtsc() - start < 2000)
+		cpu_relax();
+}
 raw_spin_lock(lock);
 ...
 }
