"""The rules of matching as SQL expressions over a host's own table of prospects."""
