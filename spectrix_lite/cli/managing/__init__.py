"""What manages: services, keys, password, links and copies, through the database, beside a running server."""
