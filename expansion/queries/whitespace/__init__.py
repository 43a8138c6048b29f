"""Reading the whitespace matrix in sets: what is bought, what was said of the rest, what peers buy."""
