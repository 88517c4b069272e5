# SPDX-License-Identifier: LGPL-2.1-or-later
# The guest agent: a flat binary, embedded into the VMM.
