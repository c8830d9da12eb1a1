/* phy.h: the PHY inside an I225 or I226, which firmware uses, too. Sources are named in igc.c. */
#ifndef DRIVERS_INTEL_IGC_PHY_H
#define DRIVERS_INTEL_IGC_PHY_H

#include "../gigabit.h"

/* Let the PHY negotiate every speed up to 2.5 Gb/s, in full duplex mode at 1 Gb/s and more. Advertise PAUSE if the
 * configuration asks for flow control. Without an answer of the PHY, what it has negotiated by itself remains. Takes a
 * few seconds at most. */
void v6nf_igc_negotiate(const struct v6nf_nic *nic);

#endif
