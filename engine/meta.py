"""What the engine says of itself."""

import engine


def version() -> str:
    """Version of the engine that calculates.

    Returns
    -------
    text
        Version number.

    Examples
    --------
    >>> version() == engine.__version__
    True
    """
    return engine.__version__
