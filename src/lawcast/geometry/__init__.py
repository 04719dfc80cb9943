"""Exact neighbours and the intrinsic dimension of data at every scale."""
