"""What operators and functions do, over plain texts and numbers.

IEEE 754 and XPath 1.0 §3.5 and §4; ODK's reading where XPath has no such function. Total: division
by zero, NaN and Infinity have results, never exceptions.
"""

import math
import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from bot.engine.expressions.values import NAN, Value, to_days, to_number

#: A float has no more decimal places, before or after the point, than this.
MAX_PLACES = 350
_HALF = 0.5
_XML_SPACE = re.compile(r"[ \t\r\n]+")


def divide(left: float, right: float) -> float:
    """Return left div right; by zero, Infinity with the right sign, or NaN."""
    if right:
        return left / right
    if not left or math.isnan(left):
        return NAN
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """Return left mod right, with the sign of the left."""
    if not right or math.isinf(left):
        return NAN
    return math.fmod(left, right)


def round_half_up(number: float, places: float = 0.0) -> float:
    """Return the number with so many decimal places; a half goes up, also below zero."""
    if math.isnan(places) or not math.isfinite(number):
        return NAN if math.isnan(places) else number
    shift = int(max(-MAX_PLACES, min(MAX_PLACES, places)))
    if shift == 0:
        floor = math.floor(number)
        return math.copysign(floor + 1 if number - floor >= _HALF else floor, number)
    scaled = Decimal(repr(number)).scaleb(shift)
    whole = (scaled + Decimal(repr(_HALF))).to_integral_value(ROUND_FLOOR)
    return float(whole.scaleb(-shift))


def truncate(number: float) -> float:
    """Return the number without its decimal places."""
    return float(math.trunc(number)) if math.isfinite(number) else number


def total(numbers: Sequence[float]) -> float:
    """Return the sum; 0 of none."""
    return sum(numbers, 0.0)


def least(numbers: Sequence[float]) -> float:
    """Return the smallest number; NaN of none, or when one is NaN."""
    return NAN if not numbers or any(map(math.isnan, numbers)) else min(numbers)


def greatest(numbers: Sequence[float]) -> float:
    """Return the greatest number; NaN of none, or when one is NaN."""
    return NAN if not numbers or any(map(math.isnan, numbers)) else max(numbers)


def decimal_date_time(value: Value) -> float:
    """Return the days since 1970 of a date, however coarse; a number is taken as days."""
    return to_days(value) if isinstance(value, str) else to_number(value)


def selected(codes: str, code: str) -> bool:
    """Tell whether the code is among the codes."""
    return code.strip() in codes.split()


def selected_at(codes: str, place: float) -> str:
    """Return the code at a place, from 0; '' where there is none."""
    found = codes.split()
    return found[int(place)] if 0 <= place < len(found) else ""


def count_selected(codes: str) -> float:
    """Return how many codes there are."""
    return float(len(codes.split()))


def length(text: str) -> float:
    """Return how many characters the text has."""
    return float(len(text))


def normalize_space(text: str) -> str:
    """Return the text without outer spaces, each inner run of them as one."""
    return _XML_SPACE.sub(" ", text).strip(" ")


def substring(text: str, start: float, size: float = math.inf) -> str:
    """Return XPath's substring: `start` counts from 1, both numbers are rounded."""
    first = round_half_up(start)
    end = first + round_half_up(size)
    if math.isnan(first) or math.isnan(end):
        return ""
    low, high = max(1.0, first), min(len(text) + 1.0, end)
    return text[int(low) - 1 : int(high) - 1] if low < high else ""


def substr(text: str, start: float, end: float = math.inf) -> str:
    """Return ODK's substr: from 0, without the end; a negative place counts from the end."""
    if math.isnan(start) or math.isnan(end):
        return ""
    low, high = (int(max(-len(text), min(len(text), place))) for place in (start, end))
    return text[low:high]
