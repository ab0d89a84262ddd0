"""The log of a cluster: one stream in the engine, a subject a service, which every node writes and mirrors."""
