"""Fitting the constants of the throughput model to published measurements; needs scipy, which the model does not."""
