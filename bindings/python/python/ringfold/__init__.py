from ringfold._errors import Empty, Full
from ringfold._ringfold import Queue, ReadView, Ring, WriteView
