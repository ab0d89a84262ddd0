"""What comes without HTTP around it: syslog's messages, Fluent's forward protocol, and how to tell what is neither."""
