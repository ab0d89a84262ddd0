"""One service's numbered entries and who reads them: ring buffer, subscriber, messages, idempotency, stats, and the hub
that wakes the watchers; never imports storage, access or HTTP.
"""
