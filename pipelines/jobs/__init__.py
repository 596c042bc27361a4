"""The main jobs as named steps: run, backtest, the weekly job, doctor."""
