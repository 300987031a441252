"""Linear programs: the derivative of a recording at a point, as rows of factors, taken through for a vector of seeds at a time."""
