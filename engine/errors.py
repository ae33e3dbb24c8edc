"""What can go wrong in the engine. Every error says what, which value, which limit and what to do."""

from collections.abc import Sequence


def counted(count: float, noun: str) -> str:
    """Write a number with its noun, in a sentence.

    >>> counted(1, "year"), counted(3.0, "year"), counted(0, "GPU")
    ('1 year', '3 years', '0 GPUs')
    """
    return f"{count:.15g} {noun}" if count == 1 else f"{count:.15g} {noun}s"


class EngineError(ValueError):
    """A result that cannot be given; one subclass for each kind of reason."""


class WrongKind(EngineError):
    """An input of the wrong kind: text for a number, a block for a cell, inputs that exclude each other."""


class OutOfLimits(EngineError):
    """An input outside its limits."""


class NoSolution(OutOfLimits):
    """The inputs are allowed, but no number answers the question: it does not fit, it does not converge."""


class NotAvailable(EngineError):
    """Not in the catalogue, required and blank, or an event that never happens."""


class DividesByZero(EngineError):
    """The formula divides by zero for these inputs."""


class Problems(EngineError):
    """Several problems found in one pass, each an :class:`EngineError`, in the order of the inputs."""

    def __init__(self, problems: Sequence[EngineError]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(p) for p in self.problems))
