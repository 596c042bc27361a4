"""The thin top: command line and composition."""
