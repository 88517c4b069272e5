// SPDX-License-Identifier: GPL-2.0-only
//
// vmx_sync_pir_to_irr() waits for 2000 ticks of the TSC: a kernel that is
// slower by a known amount.
//
// File: arch/x86/kvm/vmx/vmx.c 1

@@ expression pid; statement S; @@
+{
+	u64 start = rdtsc();
+
+	while (rdtsc() - start < 2000)
+		cpu_relax();
+}
 if (pi_test_on(pid))
 {
	pi_clear_on(pid);
	...
 } else S
