// SPDX-License-Identifier: GPL-2.0-only
//
// The fix as it was first posted: vmx_sync_pir_to_irr() asks whether PIR is
// empty and no longer whether ON is set, and vmx_vcpu_pi_load() is as it was
// before. What else reads ON, as the way to a blocked vCPU, still misses posts.
//
// File: arch/x86/kvm/vmx/posted_intr.c 1
// File: arch/x86/kvm/vmx/vmx.c 1

@@ expression pid; @@
 smp_mb__after_atomic();
-if (!pi_is_pir_empty(pid))
-	pi_set_on(pid);

@@ expression pid; statement S; @@
-if (pi_test_on(pid))
+if (!pi_is_pir_empty(pid))
 {
	pi_clear_on(pid);
	...
 } else S
