"""`run` and `pipe`: what programs print becomes entries; the program notices nothing of it."""
