// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/plan.h"

#define NAMES(id, text, ...)                                                                    \
	static const char *const id##_name[] = {__VA_ARGS__};                                   \
	const struct pb_names id = {text, sizeof(id##_name) / sizeof(id##_name[0]), id##_name}; \
	_Static_assert(1, "")

NAMES(plan_source_kinds, "source", [PB_SOURCE_NULL] = "null", [PB_SOURCE_POSTER] = "poster",
      [PB_SOURCE_NVME] = "nvme", [PB_SOURCE_NIC] = "nic");
NAMES(plan_squeezer_kinds,
      "squeezer", [PB_SQUEEZER_NULL] = "null", [PB_SQUEEZER_PIN] = "pin", [PB_SQUEEZER_HOG] = "hog",
      [PB_SQUEEZER_PREEMPT] = "preempt", [PB_SQUEEZER_OVERCOMMIT] = "overcommit",
      [PB_SQUEEZER_QUOTA] = "quota", [PB_SQUEEZER_MIGRATE] = "migrate", [PB_SQUEEZER_USER] = "user",
      [PB_SQUEEZER_KICK] = "kick", [PB_SQUEEZER_ROUTE] = "route");
NAMES(plan_vmm_kinds,
      "vmm", [PB_VMM_NULL] = "null", [PB_VMM_MINI] = "mini", [PB_VMM_LINUX] = "linux");
NAMES(plan_vfio_kinds,
      "vfio", [PB_VFIO_AUTO] = "auto", [PB_VFIO_GROUP] = "group", [PB_VFIO_CDEV] = "cdev");
NAMES(plan_guest_modes,
      "guest mode", [PB_GUEST_SPIN] = "spin", [PB_GUEST_HALT] = "halt", [PB_GUEST_TICK] = "tick");
NAMES(plan_schedules, "schedule", [PB_SCHED_SINGLE] = "single", [PB_SCHED_PERIODIC] = "periodic",
      [PB_SCHED_POISSON] = "poisson", [PB_SCHED_BURST] = "burst", [PB_SCHED_AIMED] = "aimed",
      [PB_SCHED_SERVED] = "served", [PB_SCHED_SWEPT] = "swept");
NAMES(plan_services, "service", [PB_SERVICE_NONE] = "none", [PB_SERVICE_FIXED] = "fixed",
      [PB_SERVICE_EXPONENTIAL] = "exponential", [PB_SERVICE_BIMODAL] = "bimodal");
NAMES(plan_device_faults, "fault", [PB_FAULT_NONE] = "none", [PB_FAULT_LOST_MSI] = "lost-msi",
      [PB_FAULT_DOORBELL] = "doorbell", [PB_FAULT_IRTE] = "irte", [PB_FAULT_MASKED] = "masked");
NAMES(plan_source_functions, "function", "pf", "vf1", "vf2", "vf3", "vf4");
NAMES(plan_aims, "aim", [PB_AIM_NONE] = "none", [PB_AIM_SN_SET] = "sn-set",
      [PB_AIM_SN_CLEARED] = "sn-cleared", [PB_AIM_NDST] = "ndst", [PB_AIM_NV] = "nv",
      [PB_AIM_ENTRY] = "entry", [PB_AIM_EXIT] = "exit", [PB_AIM_HALT] = "halt");
NAMES(plan_windows, "window", [PB_WINDOW_NONE] = "none", [PB_WINDOW_PREEMPT] = "preempt",
      [PB_WINDOW_HALT] = "halt", [PB_WINDOW_MIGRATE] = "migrate", [PB_WINDOW_SYNC] = "sync",
      [PB_WINDOW_ROUTE] = "route");
NAMES(plan_sweep_events, "event", [PB_SWEEP_POST] = "post", [PB_SWEEP_KICK] = "kick");

_Static_assert(sizeof(plan_source_kinds_name) / sizeof(char *) == PB_SOURCE_KINDS, "all named");
_Static_assert(sizeof(plan_squeezer_kinds_name) / sizeof(char *) == PB_SQUEEZER_KINDS, "all named");
_Static_assert(sizeof(plan_vmm_kinds_name) / sizeof(char *) == PB_VMM_KINDS, "all named");
_Static_assert(sizeof(plan_vfio_kinds_name) / sizeof(char *) == PB_VFIO_KINDS, "all named");
_Static_assert(sizeof(plan_guest_modes_name) / sizeof(char *) == PB_GUEST_MODES, "all named");
_Static_assert(sizeof(plan_schedules_name) / sizeof(char *) == PB_SCHED_KINDS, "all named");
_Static_assert(sizeof(plan_services_name) / sizeof(char *) == PB_SERVICES, "all named");
_Static_assert(sizeof(plan_device_faults_name) / sizeof(char *) == PB_DEVICE_FAULTS, "all named");
_Static_assert(sizeof(plan_source_functions_name) / sizeof(char *) == 1 + PB_MAX_VFS, "all named");
_Static_assert(sizeof(plan_aims_name) / sizeof(char *) == PB_AIM_KINDS, "all named");
_Static_assert(sizeof(plan_windows_name) / sizeof(char *) == PB_WINDOW_KINDS, "all named");
_Static_assert(sizeof(plan_sweep_events_name) / sizeof(char *) == PB_SWEEP_EVENTS, "all named");
