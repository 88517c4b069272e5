/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The DMA remapping table of the lab (VT-d specification, chapter 8), in the
 * data table language of iasl: one remapping unit for everything, and the I/O
 * APIC's source-id, 00:1e.0.  Goes in front of the initramfs, since the
 * emulator's BIOS has no such table (Documentation/admin-guide/acpi/
 * initrd_table_override.rst in the kernel).
 */
[0004]                          Signature : "DMAR"
[0004]                       Table Length : 00000000
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "PIRBCH"
[0008]                       Oem Table ID : "PIRBLAB "
[0004]                       Oem Revision : 00000001
[0004]                    Asl Compiler ID : "INTL"
[0004]              Asl Compiler Revision : 00000001

/* 39 bits of physical address, less one; interrupt remapping, x2APIC not opted out of. */
[0001]                 Host Address Width : 26
[0001]                              Flags : 01
[0010]                           Reserved : 00 00 00 00 00 00 00 00 00 00

/* The unit: LAB_VTD_BASE; INCLUDE_PCI_ALL. */
[0002]                      Subtable Type : 0000
[0002]                             Length : 0018
[0001]                              Flags : 01
[0001]                           Reserved : 00
[0002]                 PCI Segment Number : 0000
[0008]              Register Base Address : 00000000FED90000

/* The I/O APIC: its id in the MADT is the number of CPUs; LAB_VTD_IOAPIC_SID. */
[0001]                  Device Scope Type : 03
[0001]                       Entry Length : 08
[0002]                           Reserved : 0000
[0001]                     Enumeration ID : 02
[0001]                     PCI Bus Number : 00
[0002]                           PCI Path : 1E,00
