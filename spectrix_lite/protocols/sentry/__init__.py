"""Sentry: envelopes of events and logs, and no secret of their senders in what becomes of them."""
