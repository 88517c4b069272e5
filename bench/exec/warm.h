/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* warm.h - in the lab, before the branch point: what every branch would have to do again. */
#ifndef PB_EXEC_WARM_H
#define PB_EXEC_WARM_H

/*
 * Do what the first plan on a machine pays for and a second one does not: VMX is
 * switched on (a virtual machine without vCPUs stays), the scheduler's hooks for
 * perf are (an event that counts nothing stays), the posters are vfio-pci's.  No
 * plan's business, so that all branches share it; what fails here the plan's own
 * attempt will tell.
 */
void warm_up(void);

#endif
