"""Every question that the registers room asks its database; the account is the first thing each is told."""
