"""jittape.testing: right derivatives pass, wrong ones are caught and named."""

import numpy as np
import pytest

import jittape as jt
from jittape.errors import CheckFailed, GradientError
from jittape.ops._generated import rules
from jittape.ops.spec import BY_NAME
from jittape.testing import check_grad, check_hessian, extrapolated, finite_difference


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def containers(params, scale):
    hidden = np.tanh(np.sum(params["w"] * params["b"], axis=1) * scale)
    return {"hidden": hidden, "rest": [np.exp(params["b"]), scale**2]}


ARGUMENTS = ({"w": np.array([[0.3, -0.2], [0.5, 0.9], [-1.1, 0.4]]), "b": np.array([0.7, -0.4])}, 1.3)


@pytest.mark.parametrize("order", [1, 2])
def test_right_derivatives_pass(order):
    check_grad(rosenbrock, np.array([0.3, -0.8, 1.2]), order=order)
    check_grad(containers, *ARGUMENTS, order=order)
    check_grad(lambda x: x**3, 2.0, order=order)


def test_right_hessians_pass():
    check_hessian(rosenbrock, np.array([0.3, -0.8, 1.2]))
    check_hessian(lambda p, s: np.sum(containers(p, s)["hidden"] ** 3), *ARGUMENTS)


def test_float32_and_large_arguments():
    check_grad(lambda x: np.sum(np.sin(x) * x), np.linspace(0.1, 1, 5, dtype=np.float32))
    check_grad(lambda x: np.sum(np.sin(x) * x), np.linspace(0.1, 1, 500))  # along a direction, not element by element
    check_grad(lambda x: x[0] * x[1] ** 2, np.array([1.0e6, 1.0e-3]))


def dropped(x):
    """A function whose recorded derivative lacks a factor of two."""
    return np.sum(x["a"] * jt.stop_gradient(x["a"]))


def test_a_lost_derivative_is_caught_and_named():
    with pytest.raises(CheckFailed) as caught:
        check_grad(dropped, {"a": np.array([1.0, 2.0]), "b": 3.0})
    message = str(caught.value)
    assert message.startswith("dropped: the derivative with respect to argument 0['a'][0] is wrong")
    analytic, numeric = (float(message.split(label)[1].split()[0]) for label in ("analytic", "numeric"))
    assert numeric == pytest.approx(2 * analytic, rel=1e-8)
    assert "argument 0['a'] = [1., 2.]" in message


def test_the_element_that_is_wrong_is_named():
    def f(x, y):
        return np.sum(x**2) + y[1, 0] * jt.stop_gradient(y[1, 0])

    with pytest.raises(CheckFailed, match=r"with respect to argument 1\[1, 0\] is wrong"):
        check_grad(f, np.ones(3), np.arange(1.0, 5.0).reshape(2, 2))


def test_a_wrong_derivative_among_many_arguments_is_caught():
    with pytest.raises(CheckFailed, match="along a random direction is wrong"):
        check_grad(lambda x: np.sum(x * jt.stop_gradient(x)), np.linspace(1.0, 2.0, 300))


def test_a_wrong_second_derivative_alone_is_caught():
    def f(x):  # first derivative x * 2, recorded with a derivative of one
        return 0.5 * x * x + x * jt.stop_gradient(x) - jt.stop_gradient(0.5 * x * x)

    check_grad(lambda x: x * x, 1.5)
    with pytest.raises(CheckFailed):
        check_grad(f, 1.5, order=2)


def test_the_numbers_are_derivatives_of_one_result_by_one_variable():
    def numbers(f, *args):
        with pytest.raises(CheckFailed) as caught:
            check_grad(f, *args)
        text = str(caught.value)
        return text, [float(text.split(label)[1].split()[0]) for label in ("analytic", "numeric")]

    _, found = numbers(lambda x: x * jt.stop_gradient(x), 1.5)
    assert found == pytest.approx([1.5, 3.0], rel=1e-8)
    text, found = numbers(lambda x: [x**2, x * jt.stop_gradient(x)], np.array([1.5, 2.0]))
    assert "the derivative of result 1[0] with respect to argument 0[0] is wrong" in text and found == pytest.approx([1.5, 3.0], rel=1e-8)
    half = lambda x: 0.5 * x * x + x * jt.stop_gradient(x) - jt.stop_gradient(0.5 * x * x)  # noqa: E731
    text, found = numbers(lambda x: np.stack([x[0] * x[1], half(x[1])]), np.array([1.5, 2.0]))
    assert text.startswith("the gradient of result [1] of <lambda>") and found == pytest.approx([1.0, 2.0], rel=1e-8)
    assert check_grad(lambda x: x**2, 1.0) is True and check_hessian(lambda x: x**2, 1.0) is True


@pytest.fixture
def wrong_rule(monkeypatch):
    """The symbolic rule of sin, which nested differentiation uses, returns twice the derivative."""
    code = BY_NAME["sin"].code
    (right,) = rules.CONTRIBUTIONS[code]
    monkeypatch.setattr(
        "jittape.passes.reverse.CONTRIBUTIONS", rules.CONTRIBUTIONS | {code: (lambda *args: 2.0 * right(*args),)}
    )


def test_a_wrong_rule_is_caught_at_order_two(wrong_rule):
    check_grad(lambda x: np.sum(np.sin(x)), np.array([0.3, 0.4]), order=1)  # the native sweep is right
    with pytest.raises(CheckFailed, match="the gradient of"):
        check_grad(lambda x: np.sum(np.sin(x)), np.array([0.3, 0.4]), order=2)


def test_a_wrong_rule_is_caught_in_the_hessian(wrong_rule):
    with pytest.raises(CheckFailed, match=r"second derivative in argument 0\[0\] and argument 0\[0\] is wrong"):
        check_hessian(lambda x: np.sum(np.sin(x)), np.array([0.3]))


def test_forward_against_reverse(monkeypatch):
    """A forward mode that disagrees with reverse mode is found before finite differences are taken."""
    true = jt.jvp

    def off(f, primals, tangents):
        out, tangent = true(f, primals, tangents)
        return out, 1.001 * tangent

    monkeypatch.setattr("jittape.testing.jvp", off)
    with pytest.raises(CheckFailed, match="forward and reverse mode disagree"):
        check_grad(lambda x: np.exp(x), 0.5)


def test_a_function_that_behaves_otherwise_when_recorded():
    with pytest.raises(CheckFailed, match="changes when it is recorded"):
        check_grad(lambda x: x * (1.0 if isinstance(x, float) else 2.0), 0.5)


def test_kinks_are_not_hidden():
    with pytest.raises(CheckFailed):
        check_grad(lambda x: np.maximum(x, 2.0 * x), np.array([0.0, 1e-9]))


def test_the_seed_fixes_the_directions():
    def message(rng):
        with pytest.raises(CheckFailed) as caught:
            check_grad(dropped, {"a": np.arange(1.0, 200.0)}, rng=rng)  # along a direction, not element by element
        return str(caught.value)

    assert message(1) == message(1) == message(np.random.default_rng(1))
    assert message(1) != message(2)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: check_grad(rosenbrock, np.arange(3)), GradientError, "astype"),
        (lambda: check_grad(rosenbrock), TypeError, "pass the arguments after the function"),
        (lambda: check_grad(3.0, 1.0), TypeError, "takes a function"),
        (lambda: check_grad(rosenbrock, np.ones(3), order=3), ValueError, "order is 1 or 2"),
        (lambda: check_grad(lambda x: None, 1.0), CheckFailed, "returns nothing"),
        (lambda: check_grad(lambda x: x[0], []), GradientError, "hold no numbers"),
        (lambda: check_hessian(lambda x: x * x, np.ones(2)), GradientError, "scalar"),
    ],
)
def test_bad_calls(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_finite_differences_account_for_rounded_points():
    x = np.array([2.0**20], np.float32)
    (found,) = finite_difference(lambda leaves: [4.0 * leaves[0]], [x], [np.ones(1)], 0.07)  # the spacing is 0.125
    assert found == pytest.approx([4.0], rel=1e-6)
    with pytest.raises(ValueError, match="too small for float32"):
        finite_difference(lambda leaves: [4.0 * leaves[0]], [x], [np.ones(1)], 0.01)


def test_where_differences_cannot_tell_the_message_says_so() -> None:
    with np.errstate(all="ignore"), pytest.raises(CheckFailed, match="not finite near this point"):
        check_grad(lambda x: x**2, 1e200)


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1e4, 1e8])
@pytest.mark.parametrize("f", [np.sin, lambda x: x * np.cos(x), lambda x: np.log(x * x), lambda x: 1 / x])
def test_steps_fit_the_point(f, scale):
    """Right functions pass and wrong ones do not, wherever they are checked."""
    x = np.array([0.7, -1.3]) * scale
    assert check_grad(f, x)
    with pytest.raises(CheckFailed):
        check_grad(lambda y: 1.001 * f(y) - jt.stop_gradient(0.001 * f(y)), x, order=1)


def test_variables_of_several_magnitudes():
    x = np.array([2e8, 3e-8, -1.0])
    assert check_grad(lambda x: np.sin(x[0]) + np.log(x[1]) * x[2], x)
    with pytest.raises(CheckFailed, match=r"argument 0\[1\]"):
        check_grad(lambda x: np.sin(x[0]) + jt.stop_gradient(x[1]) * x[2] + 1e9 * jt.stop_gradient(x[1]), x, order=1)


def test_functions_that_change_their_argument():
    def doubled(x):
        x[0] = 2.0 * x[0]
        return np.sum(x**2)

    def shifted(x):
        x *= 3.0
        x[1:] += x[:-1] ** 2
        return x

    x = np.array([1.0, 2.0, 0.5])
    for f in (doubled, shifted):
        assert check_grad(f, x)
    assert check_hessian(doubled, x) and x.tolist() == [1.0, 2.0, 0.5]


@pytest.mark.parametrize("f", [np.linalg.norm, np.std, lambda x: x[0] * np.linalg.norm(x), lambda x: np.linalg.norm(x**2), lambda x: np.linalg.norm(x[:1]) * np.linalg.norm(x[1:]),
                               lambda x: np.linalg.norm(x) ** 3])  # fmt: skip
def test_second_derivatives_that_do_not_exist_are_rightly_nan(f):
    assert check_grad(f, np.zeros(3))


def test_nan_is_wrong_where_there_is_a_derivative():
    with pytest.raises(CheckFailed, match="nan"):
        check_grad(lambda x: np.sum(x**2) + (x[0] - jt.stop_gradient(x[0])) * np.nan, np.zeros(3), order=1)


def test_extrapolation_says_what_it_errs_by():
    f = lambda leaves: [np.exp(leaves[0]), np.sin(leaves[0] * 1e6)]
    found, errors = extrapolated(f, [np.ones(1)], [np.ones(1)], [4.0**-k for k in range(24)])
    for d, e, want in zip(found, errors, (np.e, 1e6 * np.cos(1e6)), strict=True):
        assert abs(d - want) <= 3 * e + 1e-15 * abs(want) and e < 1e-6 * abs(want)
