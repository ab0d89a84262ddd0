"""How somebody is told: what goes out to each kind of destination, where it may go, and what becomes of it."""
