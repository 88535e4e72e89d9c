"""Installed versions and the ranges that rules hold for."""

import re
from typing import NamedTuple

import msgspec

_NUMBER = re.compile(r"^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+.].*)?$")
_BOUND = re.compile(r"(<=|>=|<|>|=)\s*(\S+)")


class Version(NamedTuple):
    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str) -> Version | None:
    """The version in `v1.11.2`, `1.11` or `v1.10.0-rc.1+x`; None where there is none (`latest`, a digest)."""
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    major, minor, patch = (int(part or 0) for part in match.groups())
    return Version(major, minor, patch)


class VersionRange(msgspec.Struct, frozen=True):
    """Releases of one product that a statement holds for, such as `>= 1.8, < 1.11.0`."""

    product: str
    """kargo | argo-cd | argo-rollouts"""
    bounds: tuple[tuple[str, Version], ...]
    text: str

    @classmethod
    def parse(cls, text: str) -> "VersionRange":
        """From `kargo >= 1.8, < 1.11.0`. Raises ValueError on anything else."""
        product, _, rest = text.partition(" ")
        bounds: list[tuple[str, Version]] = []
        for part in rest.split(","):
            match = _BOUND.fullmatch(part.strip())
            version = parse_version(match[2]) if match else None
            if match is None or version is None:
                raise ValueError(f"not a version range: {text!r}")
            bounds.append((match[1], version))
        return cls(product, tuple(bounds), text)

    def holds(self, version: Version | None) -> bool | None:
        """Whether `version` is in the range; None where the version is not known."""
        if version is None:
            return None
        compare = {
            "<": version.__lt__,
            "<=": version.__le__,
            ">": version.__gt__,
            ">=": version.__ge__,
            "=": version.__eq__,
        }
        return all(compare[operator](bound) for operator, bound in self.bounds)


class Versions(msgspec.Struct, frozen=True):
    """What is installed; None is "unknown"."""

    kargo: Version | None = None
    argo_cd: Version | None = None
    argo_rollouts: Version | None = None

    def of(self, product: str) -> Version | None:
        return {"kargo": self.kargo, "argo-cd": self.argo_cd, "argo-rollouts": self.argo_rollouts}.get(product)

    def or_else(self, told: "Versions") -> "Versions":
        """These, and those of `told` for what is unknown."""
        return Versions(
            kargo=self.kargo or told.kargo,
            argo_cd=self.argo_cd or told.argo_cd,
            argo_rollouts=self.argo_rollouts or told.argo_rollouts,
        )

    def as_text(self) -> dict[str, str]:
        """By product name, `unknown` where it could not be read."""
        return {product: str(self.of(product) or "unknown") for product in ("kargo", "argo-cd", "argo-rollouts")}
