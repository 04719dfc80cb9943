"""Figures, and one self-contained HTML report. May import every room but the command line."""
