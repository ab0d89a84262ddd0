"""Looking through history, the newest first, in a child process."""
