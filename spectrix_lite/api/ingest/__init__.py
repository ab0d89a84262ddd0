"""The addresses that entries come by: the native one, a hook key's, and those of the protocols."""
