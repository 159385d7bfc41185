"""Pure rules of the registers room: no bus, no database, no clock."""
