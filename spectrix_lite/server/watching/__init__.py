"""The server's side of a watcher: its timers and buffers, and the client's end of a WebSocket."""
