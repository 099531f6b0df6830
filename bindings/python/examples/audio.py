"""Audio: overlapping windows over a stream of samples, each a numpy array over the ring's own memory."""

import math

import numpy

import ringfold

RATE, WINDOW, HOP = 48_000, 2048, 512

ring = ringfold.Ring(4 * WINDOW, "f")
tone = numpy.sin(2 * math.pi * 440 * numpy.arange(RATE) / RATE).astype("f4")
taper = numpy.hanning(WINDOW)

peaks = []
for block in tone.reshape(-1, 480):  # as a sound card delivers it
    ring.write(block)
    while len(ring) >= WINDOW:
        with ring.read_view(WINDOW) as view:
            samples = numpy.frombuffer(view, "f4")  # no copy, wherever it wraps
            spectrum = numpy.abs(numpy.fft.rfft(samples * taper))
            peaks.append(float(spectrum.argmax()) * RATE / WINDOW)
            del samples  # the ring moves on only when nobody looks
            view.consume(HOP)

print(f"{len(peaks)} windows, {numpy.median(peaks):.0f} Hz")
assert abs(numpy.median(peaks) - 440) < RATE / WINDOW
