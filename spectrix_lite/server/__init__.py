"""HTTP without a handler: sockets, connections, the fast path, admission, the guard, problems; never imports api."""
