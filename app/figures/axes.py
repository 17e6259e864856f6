"""What the axes of the plane are called, in the picture and over it."""

from cellscope.model.opened import Cut

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def axis_names(cut: Cut | None) -> tuple[str, str]:
    """Of the picture: the inputs, or the directions of the plane in which they are seen."""
    kind, _, rest = ("inputs 1,2" if cut is None else cut.written).partition(" ")
    if kind == "inputs":
        x, y = (f"x{part.strip().translate(SUBSCRIPTS)}" for part in rest.split(","))
        return x, y
    return ("PC₁", "PC₂") if kind == "pca" else ("u", "v")
