"""Several nodes on NATS JetStream: the seams `Log` and store, imported where `--cluster` asks for them; never HTTP."""
