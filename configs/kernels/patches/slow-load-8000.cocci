// SPDX-License-Identifier: GPL-2.0-only
//
// vmx_vcpu_pi_load() waits for 8000 ticks of the TSC: a kernel that is
// slower by a known amount.
//
// File: arch/x86/kvm/vmx/posted_intr.c 1

@@ expression pid; @@
+{
+	u64 start = rdtsc();
+
+	while (rdtsc() - start < 8000)
+		cpu_relax();
+}
 smp_mb__after_atomic();
 if (!pi_is_pir_empty(pid))
 	pi_set_on(pid);
