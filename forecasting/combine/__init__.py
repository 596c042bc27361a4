"""Members' forecasts go in; weighted, calibrated, coupled draws that add up come out."""
