"""What must outlive the process, in SQLite: schema, opening, one connection in a thread, every SQL statement; never
imports access or HTTP.
"""
