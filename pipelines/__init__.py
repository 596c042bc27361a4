"""All input and output and all parallelism: sources, ingest, cube, run, editions."""
