"""`demo`: the traffic of a made-up shop, sent as a producer would send it."""
