# For type checkers this is NumPy: recorded arrays take the place of ndarrays.
from numpy import *
from numpy import char as char
from numpy import emath as emath
from numpy import fft as fft
from numpy import linalg as linalg
from numpy import ma as ma
from numpy import polynomial as polynomial
from numpy import random as random
from numpy import testing as testing
