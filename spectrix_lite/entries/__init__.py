"""What an entry is, and how a body becomes entries: decompressed, decoded fast, or read leniently and repaired; knows
neither who sent it nor where it goes, and imports only core.
"""
