"""Studies: declared grids of small experiments whose outcome theory foretells."""
