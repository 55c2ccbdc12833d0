"""Points of ranges against exact arithmetic.

Reads lines "KIND FROM TO COUNT STEP INDEX BITS ...": how the range was written, and of some of
its points the bits of the double. KIND is "count", "step" or "log". Prints the first points that
are not the nearest doubles to where they belong, and how many were looked at.
"""

import re
import struct
import sys

NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?")


def decimal(text):
    """A number as it is written: (digits, exponent)."""
    sign, whole, part, power = NUMBER.fullmatch(text).groups()
    part = part or ""
    digits = int(sign + whole + part)
    return digits, (int(power or 0) - len(part) if digits else 0)


def scaled(number, unit):
    return number[0] * 10 ** (number[1] - unit)


def double(bits):
    return struct.unpack("<d", int(bits, 16).to_bytes(8, "little"))[0]


def neighbour(value, step):
    """The next double above 0, up or down; below the smallest it is 0."""
    bits = struct.unpack("<q", struct.pack("<d", value))[0] + step
    return struct.unpack("<d", struct.pack("<q", max(bits, 0)))[0]


def is_nearest_root(value, first, last, parts, index):
    """Whether a double is nearest to first^(1 - index/parts) last^(index/parts)."""
    # The exact value's power, as a fraction.
    top, bottom = 1, 1
    for (digits, exponent), power in ((first, parts - index), (last, index)):
        top *= (digits * 10 ** max(exponent, 0)) ** power
        bottom *= 10 ** (max(-exponent, 0) * power)
    for other, isAbove in ((neighbour(value, -1), False), (neighbour(value, 1), True)):
        a, b = value.as_integer_ratio()
        c, d = other.as_integer_ratio()
        # The middle between the two.
        n, m = a * d + c * b, 2 * b * d
        left, right = n ** parts * bottom, top * m ** parts
        if left < right if isAbove else left > right:
            return False
    return True


def expected_count(first, last, step, unit):
    return (last - first) // step + 1


wrong = looked = 0
for line in sys.stdin:
    kind, first_text, last_text, count, step_text, *points = line.split()
    first, last, count = decimal(first_text), decimal(last_text), int(count)
    step = decimal(step_text)
    unit = min(first[1], last[1], step[1], 0)
    start, end = scaled(first, unit), scaled(last, unit)
    found = True
    if kind == "step":
        found = count == expected_count(start, end, scaled(step, unit), unit)
    for index, bits in zip(points[::2], points[1::2]):
        index, value = int(index), double(bits)
        looked += 1
        if kind == "log":
            found = found and is_nearest_root(value, first, last, count - 1, index)
        elif kind == "count":
            parts = max(count - 1, 1)
            found = found and value == (start * parts + (end - start) * index) / (
                parts * 10 ** -unit)
        else:
            found = found and value == (start + scaled(step, unit) * index) / 10 ** -unit
    if not found:
        wrong += 1
        if wrong <= 20:
            print("wrong:", line.strip())
print(f"{wrong} of {looked} wrong")
