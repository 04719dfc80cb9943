"""Reading, holding and checking a table of training runs."""
