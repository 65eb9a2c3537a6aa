"""Numbers in sentences: `1 case`, `2 entries`, `digests 3, 5 to 7 and 9`.

Rules of this file: pure, English, the staff's language.
"""

from collections.abc import Sequence


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it belongs."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{number} {noun}s"


def named(noun: str, numbers: Sequence[int]) -> str:
    """Return numbers, given in order, with their noun; runs are shortened."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    texts = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    joined = ", ".join(texts[:-1]) + (" and " if texts[:-1] else "") + texts[-1]
    return f"{noun} {joined}" if len(numbers) == 1 else f"{noun}s {joined}"
