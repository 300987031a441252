"""Our docstrings say `Example:` where Griffe knows `Examples:`, which it shows as code."""

import re
from typing import Any

import griffe


class Extension(griffe.Extension):
    """Renames the section in every docstring."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = re.sub(r"^( *)Example:$", r"\1Examples:", obj.docstring.value, flags=re.M)
