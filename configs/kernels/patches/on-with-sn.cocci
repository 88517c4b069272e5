// SPDX-License-Identifier: GPL-2.0-only
//
// What the reviewer of the fix suggested instead: ON is set whenever SN is
// cleared, whatever PIR holds. Never loses a post; costs a needless look at
// PIR when there was none.
//
// File: arch/x86/kvm/vmx/posted_intr.c 1

@@ expression pid; @@
 smp_mb__after_atomic();
-if (!pi_is_pir_empty(pid))
 	pi_set_on(pid);
