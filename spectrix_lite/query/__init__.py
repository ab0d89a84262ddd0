"""The query language, from text to a filter that is asked of one entry at a time; knows no ring and no watcher, and
imports only core and entries.
"""
