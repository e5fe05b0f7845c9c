"""A run's numbers, as the library counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Interval:
    """An interval that covers the unknown value with probability `level`."""

    low: float
    """The lower end."""
    high: float
    """The upper end."""
    level: float
    """The level, 0.95 for example."""

    def __format__(self, spec: str) -> str:
        return f"{self.low:{spec}} to {self.high:{spec}}"


@dataclass(frozen=True)
class Rate:
    """A share: `count` of `n`."""

    count: int
    """How many."""
    n: int
    """Of how many."""
    value: float | None
    """The share in 0..1; `None` of nothing."""
    interval: Interval | None
    """Its Wilson interval; `None` of nothing."""

    def __float__(self) -> float:
        if self.value is None:
            raise ValueError("a share of nothing is no number")
        return self.value

    def __str__(self) -> str:
        interval = "" if self.interval is None else f" ({self.interval:.3f})"
        share = "none" if self.value is None else f"{self.value:.3f}{interval}"
        return f"{share}, {self.count} of {self.n}"


class Summary:
    """A run's numbers. What is not defined is `None`, never 0 and never NaN. `to_dict()` has all of them, as
    `summary.json` in the run's folder."""

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        self._numbers = dict(numbers)

    @property
    def suite(self) -> str:
        """The suite."""
        return str(self._numbers["suite"])

    @property
    def model(self) -> str:
        """The model that judged."""
        return str(self._numbers["model"])

    @property
    def n(self) -> int:
        """Records that were settled: scored and unscored."""
        return int(self._numbers["records"])

    @property
    def pending(self) -> int:
        """Records that were not judged, since the run ended before their turn."""
        return int(self._numbers["pending"])

    @property
    def scored(self) -> Rate:
        """Records with a score, of all that were settled."""
        return _rate(self._numbers["scored"])

    @property
    def unscored_count(self) -> int:
        """Records without a score."""
        return sum(self.unscored.values())

    @property
    def unscored(self) -> dict[str, int]:
        """Records without a score, by reason: `transport`, `timeout`, `invalid_answer`, `refused`, ..."""
        return dict(self._numbers["unscored"])

    @property
    def mean(self) -> float | None:
        """The mean score in 0..1, of scored records whose verdict decides."""
        return _number(self._numbers["score"]["mean"])

    @property
    def mean_interval(self) -> Interval | None:
        """Its interval."""
        return _interval(self._numbers["score"]["interval"])

    @property
    def pass_rate(self) -> Rate:
        """Records that pass, of those with a score that decides."""
        return _rate(self._numbers["passed"])

    @property
    def verdicts(self) -> dict[str, int]:
        """How often each verdict was given."""
        return dict(self._numbers["verdicts"])

    @property
    def accuracy(self) -> Rate | None:
        """The share of records whose verdict is their label; on a numeric scale, whose level is. `None` without labels."""
        rate = self._agreement("accuracy", "exact")
        return None if rate is None else _rate(rate)

    @property
    def kappa(self) -> float | None:
        """Cohen's κ of verdicts and labels, from -1 to 1; on a numeric scale with quadratic weights. `None` without
        labels, or where it is not defined."""
        return _number(self._agreement("kappa", "kappa_quadratic"))

    @property
    def kappa_interval(self) -> Interval | None:
        """Its interval."""
        return _interval(self._agreement("kappa_interval", "kappa_interval"))

    @property
    def ordered(self) -> float | None:
        """How often a record with the better label scores higher, in 0..1: the area under the ROC curve."""
        return _number(self._agreement("ordered", "ordered"))

    @property
    def ordered_interval(self) -> Interval | None:
        """Its interval."""
        return _interval(self._agreement("ordered_interval", "ordered_interval"))

    @property
    def calls(self) -> int:
        """Calls for verdicts and reasons, those asked again and those answered from the cache among them."""
        calls = self._numbers["calls"]
        return int(calls["verdicts"] + calls["again"] + calls["reasons"])

    @property
    def cached_calls(self) -> int:
        """Calls that were answered from the cache: nothing was sent, nothing paid."""
        return int(self._numbers["calls"]["cached"])

    @property
    def cost_usd(self) -> float | None:
        """What the tokens cost, in US dollars; `None` where the model has no price."""
        return _number(self._numbers["cost_usd"])

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return float(self._numbers["wall_s"])

    def to_dict(self) -> dict[str, Any]:
        """All numbers, as `summary.json` has them."""
        return dict(self._numbers)

    def _agreement(self, of_labels: str, of_scale: str) -> Any:
        agreement = self._numbers["agreement"]
        if agreement is None:
            return None
        if "labels" in agreement:
            return agreement["labels"][of_labels]
        return agreement["scale"][of_scale]

    def __repr__(self) -> str:
        parts = [f"suite={self.suite!r}", f"n={self.n}", f"unscored_count={self.unscored_count}"]
        parts += [f"{name}={value:.4g}" for name, value in (("mean", self.mean), ("kappa", self.kappa)) if value is not None]
        return f"Summary({', '.join(parts)})"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _interval(value: Any) -> Interval | None:
    return None if value is None else Interval(float(value["low"]), float(value["high"]), float(value["level"]))


def _rate(value: Any) -> Rate:
    return Rate(int(value["count"]), int(value["n"]), _number(value["rate"]), _interval(value["interval"]))
