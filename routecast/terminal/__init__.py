"""What commands say and ask on a terminal: options, progress, errors, summaries."""
