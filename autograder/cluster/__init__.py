"""Grade a class on several machines, which Dask finds, feeds and replaces."""
