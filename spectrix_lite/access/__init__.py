"""Who may do what: stream keys, hashing, sessions, sign-ins, and the cache that answers for the database; never imports
HTTP.
"""
