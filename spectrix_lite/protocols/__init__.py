"""What other clients speak: a pure function a protocol, from a body to its entries, and the answer that its clients
wait for; knows no socket, and imports only core and entries."""
