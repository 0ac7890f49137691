"""dbt macros that are plain functions of text, called without dbt: the rule stays in one place."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2

from koin_loyalty.project import project_root

MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?{%-?\s*endmacro\s*-?%}", re.DOTALL)


class _ReturnedError(Exception):
    """What `return` of dbt's Jinja gives back."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _return(value: Any) -> None:
    raise _ReturnedError(value)


@cache
def _macros(file: Path) -> dict[str, Callable[..., Any]]:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])  # noqa: S701 - no HTML
    environment.globals.update({"return": _return, "modules": SimpleNamespace(re=re)})
    found: dict[str, Callable[..., Any]] = {}
    for match in MACRO.finditer(file.read_text(encoding="utf-8")):
        found[match[1]] = _callable(environment, match[1], match[0])
    # They call each other.
    environment.globals.update(found)
    return found


def _callable(environment: jinja2.Environment, name: str, text: str) -> Callable[..., Any]:
    template: list[jinja2.Template] = []

    def call(*arguments: Any) -> Any:
        if not template:
            template.append(environment.from_string(text))
        try:
            return str(getattr(template[0].module, name)(*arguments))
        except _ReturnedError as returned:
            return returned.value

    return call


def macro(file: str, name: str) -> Callable[..., Any]:
    """A macro of `macros/<file>` as a function. It may read its arguments, other macros of its file
    and `modules.re`, nothing of dbt's."""
    return _macros(project_root() / "macros" / file)[name]
