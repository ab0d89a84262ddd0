"""The HTTP interface, a noun a module: each handler with its route declared beside it, and the OpenAPI document made of
them; handlers never import each other.
"""
