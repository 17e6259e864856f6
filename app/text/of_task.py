"""Texts of a regression, where they are others than those of classes."""

from cellscope.model.spec import Spec


def of_task(key: str, spec: Spec) -> str:
    """A text's id, or that of the same text for a regression."""
    return f"{key}.regression" if spec.is_regression else key


def empty_until_played(key: str, spec: Spec) -> str:
    """What an empty chart of the run says: a text's id, or that nothing will ever be in it."""
    return key if spec.trains else "still.empty"
