"""One module per group of commands: options in, calls into the rooms, words and exit codes out."""
