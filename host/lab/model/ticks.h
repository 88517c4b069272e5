/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ticks.h - emulated time, as the runner configures the machine and the models count it. */
#ifndef LAB_TICKS_H
#define LAB_TICKS_H

#define LAB_TICKS_PER_US 100u

#endif
