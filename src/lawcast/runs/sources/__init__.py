"""Where tables come from: text files, JSON, Parquet, data frames, chart exports of trackers.

Each reader turns its source into a :class:`~lawcast.runs.sources.raw.RawTable`; nothing here knows
which column means what.
"""
