"""Declared laws: what can be fitted, each declared once."""
