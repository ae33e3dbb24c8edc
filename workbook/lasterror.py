"""The sentence behind an error, by contract the one memory that a worksheet function has.

A cell hands on the kind of its error and nothing more. So the newest sentence of each kind is kept: seven at most.
"""

from workbook.cells import ERROR_TEXTS, CellError

_sentences: dict[str, str] = {}  # by kind, the newest last


def remember(error: CellError) -> None:
    """Keep the sentence of an error as the newest of its kind."""
    _sentences.pop(error.code, None)
    _sentences[error.code] = error.message


def last_error(cell: object = None) -> str:
    """Sentence behind the last error: what, which value, the limit, what to do.

    Parameters
    ----------
    cell : value
        The cell that shows the error, for the newest sentence of its kind; left out: the newest of all.

    Returns
    -------
    text
        The sentence; empty when the cell shows no error, or when there was none yet.

    Examples
    --------
    >>> last_error(CellError("#N/A", "users is required and blank"))
    'users is required and blank'
    >>> last_error(0.388)
    ''
    """
    if isinstance(cell, CellError):  # headless, the sentence travels with the error
        return cell.message or _newest_of(cell.code)
    if isinstance(cell, str):
        return _newest_of(cell) if cell in ERROR_TEXTS else ""
    if cell is None or cell == 1:  # left out, or the TRUE of ISERROR()
        return next(reversed(_sentences.values()), "")
    return ""


def _newest_of(code: str) -> str:
    return _sentences.get(code, f"{code} comes from no TCO function: see the cells that this one refers to")
