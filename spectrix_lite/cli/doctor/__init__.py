"""`doctor`: what is usually wrong with a server that others reach, each finding with its remedy."""
