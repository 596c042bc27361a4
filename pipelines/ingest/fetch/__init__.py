"""Addresses go in; files from the internet come out, or the reason why not."""
