"""What reads entries; it speaks to a server by HTTP and WebSocket only."""
