"""Daily tables of any size: taken in pieces, stored by groups of periods, added up in dense blocks by Dask."""
