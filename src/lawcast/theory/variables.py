"""What an exponent may be about, with every name that it goes by."""

from __future__ import annotations

from types import MappingProxyType

from lawcast._errors import UnknownNameError

VARIABLES = MappingProxyType(
    {
        "data": ("d", "samples", "tokens", "unique-tokens", "points", "dataset"),
        "parameters": ("p", "n", "params", "model-size"),
        "width": ("w",),
    }
)
"""The size along which a loss falls -> other names of it, columns of a table among them."""


def find_variable(name: str) -> str:
    """``"data"``, ``"parameters"`` or ``"width"``; case, underscores and spaces do not matter.

    Raises:
        UnknownNameError: the name is none of them and no other name of them.
    """
    wanted = "-".join(str(name).lower().replace("_", " ").split())
    for variable, others in VARIABLES.items():
        if wanted in (variable, *others):
            return variable
    raise UnknownNameError("variable", name, [n for v, o in VARIABLES.items() for n in (v, *o)])
