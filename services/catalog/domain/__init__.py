"""Rules of goods: what an item may be, how files of goods are read, what a register gets. Pure: no clock, no I/O."""
