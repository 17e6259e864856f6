"""Who handles which operation of torch."""

from collections.abc import Callable

from cellscope.model.own.reading import Handler

HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler of the operations of these names."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register
