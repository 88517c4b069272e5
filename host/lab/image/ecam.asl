/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The configuration window is taken: a motherboard resource, without which the
 * kernel does not believe MCFG (PCI Firmware Specification 3.3, 4.1.2).
 */
DefinitionBlock ("ecam.aml", "SSDT", 1, "PIRBCH", "PIRBLAB", 1)
{
	Scope (\_SB)
	{
		Device (ECAM)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, 0x7e)
			Name (_CRS, ResourceTemplate ()
			{
				Memory32Fixed (ReadWrite, 0xB0000000, 0x10000000)
			})
		}
	}
}
