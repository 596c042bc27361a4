"""Forecasts of partner institutions: read in the hub format, validated, kept, scored and combined with ours."""
