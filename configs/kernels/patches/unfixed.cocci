// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel without commit c112b5f50232 ("KVM: x86: Sync the pending
// Posted-Interrupts"): vmx_vcpu_pi_load() clears SN and does not look at PIR.
// A post that came while SN was 1 left ON at 0, and nothing sets it.
//
// File: arch/x86/kvm/vmx/posted_intr.c 1

@@ expression pid; @@
 smp_mb__after_atomic();
-if (!pi_is_pir_empty(pid))
-	pi_set_on(pid);
