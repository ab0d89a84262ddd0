"""Loki's push, in JSON and in protobuf: lines under labels, read as records where they are records."""
