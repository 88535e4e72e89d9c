"""Making very many objects at once."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_gc() -> Iterator[None]:
    """Decoding makes millions of objects and no cycles; the collector would walk them again and again.

    Afterwards they are set aside (`freeze`), since the rules would set it off; they still go when nobody refers to them. What
    was set aside before is handed back first, so that a server does not collect more with every request.
    """
    enabled = gc.isenabled()
    gc.disable()
    gc.unfreeze()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
