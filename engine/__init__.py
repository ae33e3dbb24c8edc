"""The model: what large language models cost to run, as plain formulas over numpy arrays.

Knows no spreadsheet, no clock and no network; the only files it reads are its own catalogue.
"""

__version__ = "0.1.0"
