"""The journal of each service: runs of encoded entries as they are, on disk before they are answered."""
