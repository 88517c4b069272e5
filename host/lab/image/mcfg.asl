/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the enhanced configuration window is (PCI Firmware Specification 3.3,
 * 4.1.2), in the data table language of iasl: PCI_ECAM_BASE of
 * host/lab/model/pci.h, for all buses that the host bridge could have.
 */
[0004]                          Signature : "MCFG"
[0004]                       Table Length : 00000000
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "PIRBCH"
[0008]                       Oem Table ID : "PIRBLAB "
[0004]                       Oem Revision : 00000001
[0004]                    Asl Compiler ID : "INTL"
[0004]              Asl Compiler Revision : 00000001
[0008]                           Reserved : 0000000000000000

[0008]                       Base Address : 00000000B0000000
[0002]               Segment Group Number : 0000
[0001]                   Start Bus Number : 00
[0001]                     End Bus Number : FF
[0004]                           Reserved : 00000000
