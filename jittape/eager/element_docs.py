"""Docstrings of the methods of tensors that are operations of the table.

Written by `python -m jittape.tools.declare`: do not edit.
"""

DOCUMENTED: dict[str, str] = {
    "abs": """Absolute value, element by element; abs'(0) = 0.

Derivative: sign(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.abs()
    tensor([1.5, 0. , 1.5])
""",
    "absolute": """Absolute value, element by element; abs'(0) = 0.

Derivative: sign(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.absolute()
    tensor([1.5, 0. , 1.5])
""",
    "neg": """Negation, element by element.

Derivative: -1.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.neg()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (-0.5, -1.0)
""",
    "negative": """Negation, element by element.

Derivative: -1.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.negative()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (-0.5, -1.0)
""",
    "sign": """Sign, element by element; derivative zero.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.sign()
    tensor([-1.,  0.,  1.])
""",
    "sgn": """Sign, element by element; derivative zero.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.sgn()
    tensor([-1.,  0.,  1.])
""",
    "sqrt": """Square root, element by element; sqrt'(0) = inf.

Domain: x >= 0; NaN elsewhere. Derivative: 0.5 / z, where z is the result.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([0.0, 0.25, 1.0])
    >>> x.sqrt()
    tensor([0. , 0.5, 1. ])
""",
    "square": """Square, element by element.

Derivative: 2 * x.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.square()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.25, 1.0)
""",
    "reciprocal": """Reciprocal, element by element.

Derivative: -z * z, where z is the result.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.reciprocal()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (2.0, -4.0)
""",
    "exp": """Exponential, element by element.

Derivative: z, where z is the result.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.exp()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (1.648721, 1.648721)
""",
    "exp2": """Power of two, element by element.

Derivative: z * log(2), where z is the result.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.exp2()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (1.414214, 0.980258)
""",
    "expm1": """exp(x) - 1, accurate near zero, element by element.

Derivative: exp(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.expm1()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.648721, 1.648721)
""",
    "log": """Natural logarithm, element by element.

Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / x.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.log()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (-0.693147, 2.0)
""",
    "log2": """Logarithm to base two, element by element.

Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / (x * log(2)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.log2()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (-1.0, 2.88539)
""",
    "log10": """Logarithm to base ten, element by element.

Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / (x * log(10)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.log10()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (-0.30103, 0.868589)
""",
    "log1p": """log(1 + x), accurate near zero, element by element.

Domain: x > -1 (minus infinity at -1); NaN elsewhere. Derivative: 1 / (1 + x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.log1p()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.405465, 0.666667)
""",
    "sin": """Sine, element by element.

Derivative: cos(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.sin()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.479426, 0.877583)
""",
    "cos": """Cosine, element by element.

Derivative: -sin(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.cos()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.877583, -0.479426)
""",
    "tan": """Tangent, element by element.

Derivative: 1 + z * z, where z is the result.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.tan()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.546302, 1.298446)
""",
    "asin": """Inverse sine, element by element.

Domain: abs(x) <= 1; NaN elsewhere. Derivative: 1 / sqrt(unit_gap(x)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.asin()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.523599, 1.154701)
""",
    "arcsin": """Inverse sine, element by element.

Domain: abs(x) <= 1; NaN elsewhere. Derivative: 1 / sqrt(unit_gap(x)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.arcsin()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.523599, 1.154701)
""",
    "acos": """Inverse cosine, element by element.

Domain: abs(x) <= 1; NaN elsewhere. Derivative: -1 / sqrt(unit_gap(x)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.acos()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (1.047198, -1.154701)
""",
    "arccos": """Inverse cosine, element by element.

Domain: abs(x) <= 1; NaN elsewhere. Derivative: -1 / sqrt(unit_gap(x)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.arccos()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (1.047198, -1.154701)
""",
    "atan": """Inverse tangent, element by element.

Derivative: 1 / (1 + x * x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.atan()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.463648, 0.8)
""",
    "arctan": """Inverse tangent, element by element.

Derivative: 1 / (1 + x * x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.arctan()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.463648, 0.8)
""",
    "sinh": """Hyperbolic sine, element by element.

Derivative: cosh(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.sinh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.521095, 1.127626)
""",
    "cosh": """Hyperbolic cosine, element by element.

Derivative: sinh(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.cosh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (1.127626, 0.521095)
""",
    "tanh": """Hyperbolic tangent, element by element.

Derivative: 1 - z * z, where z is the result.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.tanh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.462117, 0.786448)
""",
    "asinh": """Inverse hyperbolic sine, element by element.

Derivative: 1 / hypot(1, x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.asinh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.481212, 0.894427)
""",
    "arcsinh": """Inverse hyperbolic sine, element by element.

Derivative: 1 / hypot(1, x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.arcsinh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.481212, 0.894427)
""",
    "acosh": """Inverse hyperbolic cosine, element by element.

Domain: x >= 1; NaN elsewhere. Derivative: 1 / (sqrt(x - 1) * sqrt(x + 1)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(1.5, requires_grad=True)
    >>> y = x.acosh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.962424, 0.894427)
""",
    "arccosh": """Inverse hyperbolic cosine, element by element.

Domain: x >= 1; NaN elsewhere. Derivative: 1 / (sqrt(x - 1) * sqrt(x + 1)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(1.5, requires_grad=True)
    >>> y = x.arccosh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.962424, 0.894427)
""",
    "atanh": """Inverse hyperbolic tangent, element by element.

Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: 1 / unit_gap(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.atanh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.549306, 1.333333)
""",
    "arctanh": """Inverse hyperbolic tangent, element by element.

Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: 1 / unit_gap(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.arctanh()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.549306, 1.333333)
""",
    "sinc": """sin(pi x) / (pi x), element by element.

Derivative: sincn(1, x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.sinc()
    tensor([-0.21220659,  1.        , -0.21220659])
""",
    "floor": """Round down, element by element; derivative zero.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.floor()
    tensor([-2.,  0.,  1.])
""",
    "ceil": """Round up, element by element; derivative zero.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.ceil()
    tensor([-1.,  0.,  2.])
""",
    "trunc": """Round towards zero, element by element; derivative zero.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.trunc()
    tensor([-1.,  0.,  1.])
""",
    "fix": """Round towards zero, element by element; derivative zero.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.fix()
    tensor([-1.,  0.,  1.])
""",
    "erf": """Error function, element by element.

Derivative: 2 / sqrt(pi) * exp(-x * x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.erf()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.5205, 0.878783)
""",
    "erfc": """Complementary error function, element by element.

Derivative: -2 / sqrt(pi) * exp(-x * x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.erfc()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.4795, -0.878783)
""",
    "erfinv": """Inverse error function, element by element.

Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: sqrt(pi) / 2 * exp(z * z), where z is the result.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.erfinv()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.476936, 1.112585)
""",
    "lgamma": """Logarithm of the absolute value of the gamma function, element by element.

Derivative: digamma(x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.lgamma()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.572365, -1.96351)
""",
    "digamma": """Logarithmic derivative of the gamma function, element by element.

Derivative: polygamma(1, x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.digamma()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (-1.96351, 4.934802)
""",
    "sigmoid": """Logistic function, element by element.

Derivative: 0.25 * sech_squared(0.5 * x).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.sigmoid()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.622459, 0.235004)
""",
    "logit": """Inverse of the logistic function, element by element.

Domain: 0 < x < 1 (infinite at 0 and 1); NaN elsewhere. Derivative: 1 / (x * (1 - x)).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.logit()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.0, 4.0)
""",
    "relu": """max(x, 0), element by element; relu'(0) = 0.

Derivative: where(x > 0, 1, 0).

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([-1.5, 0.0, 1.5])
    >>> x.relu()
    tensor([0. , 0. , 1.5])
""",
    "deg2rad": """Degrees to radians, element by element.

Derivative: pi / 180.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.deg2rad()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (0.008727, 0.017453)
""",
    "rad2deg": """Radians to degrees, element by element.

Derivative: 180 / pi.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor(0.5, requires_grad=True)
    >>> y = x.rad2deg()
    >>> y.backward()
    >>> round(y.item(), 6), round(x.grad.item(), 6)
    (28.64789, 57.29578)
""",
    "mul": """Product, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Derivative: other by x, x by other.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.mul(jt.tensor([3.0, 2.0, 1.5]))
    tensor([3. , 4. , 4.5])
""",
    "multiply": """Product, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Derivative: other by x, x by other.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.multiply(jt.tensor([3.0, 2.0, 1.5]))
    tensor([3. , 4. , 4.5])
""",
    "maximum": """Larger of two, NaN if either is, element by element; ties share halves.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.maximum(jt.tensor([3.0, 2.0, 1.5]))
    tensor([3., 2., 3.])
""",
    "minimum": """Smaller of two, NaN if either is, element by element; ties share halves.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.minimum(jt.tensor([3.0, 2.0, 1.5]))
    tensor([1. , 2. , 1.5])
""",
    "fmax": """Larger of two, a NaN is passed over, element by element; ties share halves.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.fmax(jt.tensor([3.0, 2.0, 1.5]))
    tensor([3., 2., 3.])
""",
    "fmin": """Smaller of two, a NaN is passed over, element by element; ties share halves.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.fmin(jt.tensor([3.0, 2.0, 1.5]))
    tensor([1. , 2. , 1.5])
""",
    "atan2": """Angle of the point (other, x), element by element; derivative zero at the origin, where it has no second one: NaN.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.atan2(jt.tensor([3.0, 2.0, 1.5]))
    tensor([0.32175055, 0.78539816, 1.10714872])
""",
    "arctan2": """Angle of the point (other, x), element by element; derivative zero at the origin, where it has no second one: NaN.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.arctan2(jt.tensor([3.0, 2.0, 1.5]))
    tensor([0.32175055, 0.78539816, 1.10714872])
""",
    "hypot": """Euclidean length, element by element; derivative zero at the origin, where it has no second one: NaN.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.hypot(jt.tensor([3.0, 2.0, 1.5]))
    tensor([3.16227766, 2.82842712, 3.35410197])
""",
    "logaddexp": """log(exp(x) + exp(other)) without overflow, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.logaddexp(jt.tensor([3.0, 2.0, 1.5]))
    tensor([3.12692801, 2.69314718, 3.20141328])
""",
    "xlogy": """x log(other), zero where x is, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.xlogy(jt.tensor([3.0, 2.0, 1.5]))
    tensor([1.09861229, 1.38629436, 1.21639532])
""",
    "copysign": """Magnitude of x with the sign of other, element by element; derivative zero at 0.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.copysign(jt.tensor([3.0, 2.0, 1.5]))
    tensor([1., 2., 3.])
""",
    "fmod": """Remainder with the sign of the dividend, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Derivative: 1 by x, -trunc(x / other) by other.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.fmod(jt.tensor([3.0, 2.0, 1.5]))
    tensor([1., 0., 0.])
""",
    "remainder": """Remainder with the sign of the divisor, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Derivative: 1 by x, -floor_divide(x, other) by other.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.remainder(jt.tensor([3.0, 2.0, 1.5]))
    tensor([1., 0., 0.])
""",
    "lt": """Whether x < other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.lt(jt.tensor([3.0, 2.0, 1.5]))
    tensor([ True, False, False])
""",
    "less": """Whether x < other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.less(jt.tensor([3.0, 2.0, 1.5]))
    tensor([ True, False, False])
""",
    "le": """Whether x <= other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.le(jt.tensor([3.0, 2.0, 1.5]))
    tensor([ True,  True, False])
""",
    "gt": """Whether x > other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.gt(jt.tensor([3.0, 2.0, 1.5]))
    tensor([False, False,  True])
""",
    "greater": """Whether x > other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.greater(jt.tensor([3.0, 2.0, 1.5]))
    tensor([False, False,  True])
""",
    "ge": """Whether x >= other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.ge(jt.tensor([3.0, 2.0, 1.5]))
    tensor([False,  True,  True])
""",
    "eq": """Whether x == other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.eq(jt.tensor([3.0, 2.0, 1.5]))
    tensor([False,  True, False])
""",
    "ne": """Whether x != other, element by element.

`other` is a tensor or a number, of a shape that broadcasts.

Example:
    >>> import jittape as jt
    >>> x = jt.tensor([1.0, 2.0, 3.0])
    >>> x.ne(jt.tensor([3.0, 2.0, 1.5]))
    tensor([ True, False,  True])
""",
}
