"""Targets and prospects: values, the rules of matching, and an index of many targetings."""
