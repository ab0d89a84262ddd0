"""`tail`: a service watched in the terminal; it speaks to a server by HTTP and WebSocket only."""
