"""One file per study: its grid, how a cell is measured and what theory says."""
