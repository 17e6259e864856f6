"""What can be wrong with a network of one's own.

Exceptions are rebuilt from their message alone where another process raises them, so these say how.
"""

from cellscope.model.spec_error import printable


class UnsupportedLayer(ValueError):
    """An operation that exact cells cannot obey.

    Attributes
    ----------
    path : str
        The innermost module whose `forward` contains it, "" for the network itself.
    kind : str
        Its class.
    why : str
        What is not obeyed.
    """

    def __init__(self, path: str, kind: str, why: str) -> None:
        super().__init__(printable(f"{path or 'network'} ({kind}): {why}"))
        self.path = path
        self.kind = kind
        self.why = why

    def __reduce__(self) -> tuple[type["UnsupportedLayer"], tuple[str, str, str]]:
        return type(self), (self.path, self.kind, self.why)


class BudgetExceeded(RuntimeError):
    """More faces than the budget allows.

    Attributes
    ----------
    faces : int
        The budget.
    step : int
        The layer that was being cut, 1-based.
    """

    def __init__(self, faces: int, step: int, name: str) -> None:
        super().__init__(f"budget: more than {faces} faces, reached in step {step} ({name})")
        self.faces = faces
        self.step = step
        self.name = name

    def __reduce__(self) -> tuple[type["BudgetExceeded"], tuple[int, int, str]]:
        return type(self), (self.faces, self.step, self.name)
