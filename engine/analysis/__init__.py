"""Questions about the model rather than of it: where the order flips, what matters most, how sure one can be."""
