"""The demonstration: a stream of drawn listings, with everything that a marketplace does to one."""
