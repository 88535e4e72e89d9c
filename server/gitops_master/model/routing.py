"""What a request in plain words comes to: the names it may mean, and what is wanted of which of them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

Mode = Literal["DIAGNOSE", "VERIFY", "PROMOTE", "SETUP"]


class _Given(BaseModel):
    """Base of what comes from a file somebody wrote: null is as good as nothing."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, data: Any) -> Any:
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data


class KnownFreight(_Given):
    """A piece of Freight under all its names. `images`: references, tags or digests; `commits`: ids or tags."""

    name: str
    alias: str = ""
    images: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()


class Known(_Given):
    """The names that exist. Keys that are not known here are left aside: the file may say more than is needed."""

    project: str = ""
    stages: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    freight: tuple[KnownFreight, ...] = ()


class Route(BaseModel):
    """What is wanted, in the order in which it is to be done, and of what.

    Names are those that exist, empty where the request has none. `freight` is the name of the Freight, however it was called.
    `ask`: `question` must be answered first. No modes and not `ask`: not our business, and `question` says so.
    """

    model_config = ConfigDict(frozen=True)

    modes: tuple[Mode, ...]
    project: str = ""
    stage: str = ""
    app: str = ""
    freight: str = ""
    ask: bool = False
    question: str = ""
