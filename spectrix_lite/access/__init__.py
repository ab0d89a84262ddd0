"""Who may do what: stream keys, hashing, sessions, sign-ins, and the write-through cache of the database; never imports
HTTP.
"""
