"""Intake: how batches enter the rings, and how all rings are kept within one bound."""
