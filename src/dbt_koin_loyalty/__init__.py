"""What dbt loads when a command starts: it finds every installed module whose name begins `dbt_`.

dbt-core calls this interface experimental; a test holds that the pinned version still calls it.
"""

import gc

from dbt.plugins.manager import dbtPlugin

from koin_loyalty.dbt_command import begin
from koin_loyalty.project import PROJECT_NAME

# dbt keeps nearly all that it makes: to look through it for garbage as often as Python does by
# itself takes a tenth of a command's own time.
gc.set_threshold(50_000, 20, 100)


class KoinLoyalty(dbtPlugin):
    """Begins each command on this project."""

    def initialize(self) -> None:
        """Takes the lock of a build where dbt's adapter cannot. Other projects are left alone."""
        if self.project_name == PROJECT_NAME:
            begin()


plugins = [KoinLoyalty]
