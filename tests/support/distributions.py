"""Whether two samples of times are of one distribution."""

CRITICAL = 1.95
"""Two samples of a Kolmogorov-Smirnov test: the coefficient of the 0.1 % level."""


def distance(first: list[float], second: list[float]) -> float:
    """The two-sample Kolmogorov-Smirnov statistic: the largest gap between the two empirical distributions."""
    steps = sorted(
        [(value, 1 / len(first)) for value in first] + [(value, -1 / len(second)) for value in second]
    )
    gap = height = 0.0
    for _, step in steps:
        height += step
        gap = max(gap, abs(height))
    return gap
