"""What everything else stands on: errors, clock, settings, names, records, rate limits, proxies and timestamps; imports
no other package.
"""
