"""The settings of a command, or why they cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from netflix_pipeline.cli.printing import harmless

if TYPE_CHECKING:
    from netflix_pipeline.settings import Settings


def settings() -> Settings:
    """The settings that the environment tells; wrong use where a value cannot be."""
    from pydantic import ValidationError

    from netflix_pipeline.settings import Settings

    try:
        loaded = Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"NETFLIX_{'_'.join(map(str, one['loc'])).upper()}={harmless(str(one['input']))}: "
            + one["msg"].removeprefix("Value error, ")
            for one in error.errors()
        )
        raise typer.BadParameter(f"in the environment, {wrong}") from None
    loaded.keep_private()
    return loaded
