"""Large collections: millions of numbers that are never copied to make room, shared with numpy while they grow."""

import array

import numpy

import ringfold

samples = ringfold.List("d")
samples.extend(array.array("d", range(1_000_000)))
first = numpy.asarray(samples)  # no copy
for _ in range(4):
    samples.extend(first)  # grows behind the array, which stays where it is
assert first.sum() == 499_999_500_000
print(len(samples), samples[-1], numpy.asarray(samples).mean())
