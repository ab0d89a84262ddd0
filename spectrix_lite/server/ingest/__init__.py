"""What ingest needs of HTTP besides its handler: bodies, and what came of requests that were refused."""
