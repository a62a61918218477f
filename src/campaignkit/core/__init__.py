"""What every value is made of: checks, immutable bases, channels and reasons."""
