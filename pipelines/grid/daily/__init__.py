"""Daily tables of any size go in; the same cube comes out, added up in dense blocks by Dask."""
