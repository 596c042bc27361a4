"""One delivery goes in: checked, validated, stored, reported."""
