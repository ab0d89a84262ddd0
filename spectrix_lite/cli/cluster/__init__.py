"""What is asked of a cluster as a whole: to try one, how it stands, and what goes in and out."""
