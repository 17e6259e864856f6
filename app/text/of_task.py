"""Texts of a regression, where they are others than those of classes."""

from cellscope.model.spec import Spec


def of_task(key: str, spec: Spec) -> str:
    """A text's id, or that of the same text for a regression."""
    return f"{key}.regression" if spec.is_regression else key
