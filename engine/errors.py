"""What can go wrong in the engine. Every error says what, which value, which limit and what to do."""

from collections.abc import Iterable, Sequence


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

    def __reduce__(self) -> tuple[type, tuple[Sequence[EngineError]]]:
        """Copy it as what it was made of: the arguments that an exception keeps are its sentence alone."""
        return type(self), (self.problems,)


class Missing(Problems, NotAvailable):
    """Several figures that are not in the catalogue, or required and blank."""


def each(error: EngineError) -> tuple[EngineError, ...]:
    """Give the problems that an error tells, one by one.

    >>> [str(e) for e in each(Problems([WrongKind("a"), Missing([NotAvailable("b"), NotAvailable("c")])]))]
    ['a', 'b', 'c']
    """
    if not isinstance(error, Problems):
        return (error,)
    return tuple(single for problem in error.problems for single in each(problem))


def all_of(errors: Iterable[EngineError]) -> EngineError:
    """Give what is to be raised for some errors: the only one, or all of them, what is said twice once.

    >>> str(all_of([WrongKind("a"), WrongKind("a")])), str(all_of([WrongKind("a"), OutOfLimits("b")]))
    ('a', 'a; b')
    """
    found = list({str(single): single for error in errors for single in each(error)}.values())
    if len(found) == 1:
        return found[0]
    return Missing(found) if all(isinstance(single, NotAvailable) for single in found) else Problems(found)
