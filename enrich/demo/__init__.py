"""One evening of a restaurant, played against real processes and compared with what it had to come to."""
