"""Every sentence, number format, band word and colour that a reader meets."""
