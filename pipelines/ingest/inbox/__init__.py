"""The drop folder: files of any kind go in, and are taken, put away or refused."""
