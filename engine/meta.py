"""What the engine says of itself: its version, and the sentence behind the last error."""

import engine
from engine.errors import EngineError

_last_error = ""


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


def last_error(cell: object = None) -> str:  # noqa: ARG001  the argument only ties the recalculation to its cell
    """Sentence behind the last error: what, which value, the limit, what to do.

    Parameters
    ----------
    cell : value
        The cell that shows the error; the sentence is then brought up to date with it.

    Returns
    -------
    text
        The sentence; empty when there was no error yet.
    """
    return _last_error


def remember(error: EngineError) -> None:
    """Keep the sentence of an error for `last_error`, by contract the one function with a memory."""
    global _last_error  # noqa: PLW0603
    _last_error = str(error)
