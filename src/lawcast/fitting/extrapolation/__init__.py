"""Forecasts of one learning curve: averaged laws, backtests and calibrated intervals."""
