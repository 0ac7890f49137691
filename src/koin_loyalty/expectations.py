"""Great Expectations on small frames: suites in, what failed out.

The library takes ten seconds to import, so only what needs it imports it, through here: without
telemetry, without progress bars, and with nothing written unless a folder for Data Docs is given.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Failure:
    """An expectation that a frame did not meet. `rows`: index labels of the rows that broke it;
    none where it is about the frame as a whole, of which `observed` says what was found."""

    expectation: Any
    rows: tuple[str, ...] = ()
    observed: Any = None


def library() -> ModuleType:
    """Great Expectations, without telemetry."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return great_expectations


class Checks:
    """Validations in one context, kept in memory. Data Docs, when asked for, tell all of them."""

    def __init__(self, docs: Path | None = None) -> None:
        gx = library()
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = gx
        self._docs = docs
        self._names: set[str] = set()
        self._runs = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._context = gx.get_context(mode="ephemeral")
            self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
            self._frames = self._context.data_sources.add_pandas("frames")

    def failures(
        self, name: str, frame: pd.DataFrame, expectations: Iterable[Any]
    ) -> list[Failure]:
        """What a frame does not meet, in the order of the expectations. Raises RuntimeError when an
        expectation cannot be checked; its message holds no cell of the frame."""
        self._runs += 1
        if name in self._names:
            name = f"{name} ({self._runs})"
        self._names.add(name)
        suite = self._context.suites.add(
            self._gx.ExpectationSuite(name=name, expectations=list(expectations))
        )
        asset = self._frames.add_dataframe_asset(name)
        definition = self._gx.ValidationDefinition(
            name=name, data=asset.add_batch_definition_whole_dataframe(name), suite=suite
        )
        definition = self._context.validation_definitions.add(definition)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = definition.run(
                    batch_parameters={"dataframe": frame}, result_format="COMPLETE"
                )
        except Exception as error:
            # What it says may quote cells.
            raise RuntimeError(f"{name}: cannot be validated ({type(error).__name__})") from None
        failed = [result for result in found.results if not result.success]
        return [_failure(name, result) for result in failed]

    def write_docs(self) -> Path:
        """Writes Data Docs of every validation so far; the page to begin with."""
        if self._docs is None:
            raise ValueError("no folder for Data Docs")
        site = {
            "class_name": "SiteBuilder",
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(self._docs.resolve()),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._context.add_data_docs_site(site_name="koin", site_config=site)
            self._context.build_data_docs(site_names=["koin"])
        return self._docs / "index.html"


def _failure(name: str, result: Any) -> Failure:
    raised: Mapping[str, Any] = result.exception_info or {}
    if raised.get("raised_exception") or "raised_exception" not in raised:
        kind = result.expectation_config.type
        raise RuntimeError(f"{name}: {kind} cannot be checked on its column")
    found: Mapping[str, Any] = result.result
    rows: Sequence[Any] = found.get("unexpected_index_list") or ()
    return Failure(
        result.expectation_config, tuple(str(row) for row in rows), found.get("observed_value")
    )
