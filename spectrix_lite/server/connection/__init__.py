"""Connections of clients: who owns their bytes, how many there may be, and what is needed of aiohttp for them."""
