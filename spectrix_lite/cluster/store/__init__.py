"""The store of a cluster: documents in the engine's key-value bucket, each rule one compare-and-set on one of them."""
