"""A stream with the manners of a file."""

import csv
import io
import pickle

import ringfold

stream = ringfold.ByteStream(8192)
stream.write(b"payload")
print(stream.read(4))
stream.clear()

pickle.dump({"pickled": [1, 2, 3]}, stream)
print(pickle.load(stream))

stream.write(b"name,size\nring,1\nfold,2\n")
stream.write_eof()
text = io.TextIOWrapper(io.BufferedReader(stream), newline="")
print(list(csv.DictReader(text)))
