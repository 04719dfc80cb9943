"""Exponents with their premises, hypotheses that survive a measurement, claims put to the test."""
