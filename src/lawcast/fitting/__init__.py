"""Fitting a law to runs: solver, certificate, resampling, profiles, backtest, prediction."""
