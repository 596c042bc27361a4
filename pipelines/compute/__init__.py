"""Dask: the cluster, progress of tasks, kept results of a run, versions of the code."""
