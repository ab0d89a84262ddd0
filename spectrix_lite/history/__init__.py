"""What is kept of entries on disk: the snapshot from a stop to the next start, and with `--history` a journal, blocks
and the search through them; knows files and runs of encoded entries, and never imports access or HTTP.
"""
