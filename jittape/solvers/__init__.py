"""Native minimisers of small problems, a step at a time, for many problems in lanes (integrate/batch.py).

linear     Cholesky factors, eigenvalues and steps inside a ball, of small matrices
trust      a problem as a state: how a trial point is judged, and which one is next
many       rows of problems, whose values come from elsewhere
"""
