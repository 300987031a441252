"""What users write, for test_types.py: mypy and pyright must find an error in each line marked `# wrong`, and in no other."""

from collections.abc import Callable
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import jittape as jt
import jittape.numpy as jnp
from jittape import nn
from jittape.integrate.scipy import minimize

Reals = NDArray[np.float64]


# --- functions over NumPy ---------------------------------------------------------------------------------------------------


def energy(x: Reals, k: float = 1.0) -> float:
    return float(k * np.sum(x**2))


def cube(x: float) -> float:
    return x**3


def distance(x: Reals, y: Reals) -> float:
    return float(np.sum((x - y) ** 2))


def build(x: Reals) -> Any:
    a = jnp.zeros(3)
    a[0] = x[0]
    return jnp.sum(jnp.sin(a))


def functional() -> None:
    x = np.ones(3)
    assert_type(jt.grad(energy)(x), Reals)
    assert_type(jt.grad(energy)(x, k=2.0), Reals)
    assert_type(jt.grad(cube)(2.0), float)
    slope = jt.grad(cube)
    assert_type(jt.grad(slope)(2.0), float)
    jt.grad(jt.grad(cube))(2.0)
    assert_type(jt.value_and_grad(energy)(x, 2.0), tuple[float, Reals])
    assert_type(jt.grad(distance, argnums=(0, 1))(x, x), tuple[Any, ...])
    assert_type(jt.grad(distance, argnums=1)(x, x), Any)
    assert_type(jt.hvp(energy)(x, x), Reals)
    value, pull = jt.vjp(energy, x)
    assert_type(value, float)
    assert_type(pull(1.0), tuple[Any, ...])
    assert_type(jt.jvp(energy, (x,), (x,)), tuple[float, float])
    jt.hessian(energy)(x, k=2.0)
    jt.jacobian(np.sin)
    jt.jacobian(lambda x: x**2)(x)
    jt.grad(lambda x: x**3)(2.0)
    jt.grad(lambda x: np.sum(x**2))(x)
    jt.value_and_grad(build)(x)
    jt.stop_gradient(x)
    jt.linalg.expm(np.eye(2))
    jt.testing.check_grad(energy, x)

    jt.grad(energy)("text")  # wrong
    jt.grad(energy)(x, step=2.0)  # wrong
    jt.grad(energy)()  # wrong
    jt.value_and_grad(cube)(2.0)[2]  # wrong
    jt.hvp(energy)(x)  # wrong
    jt.grad(3.0)  # wrong
    jt.gard(energy)  # wrong
    jt.arrray  # wrong
    jt.linalg.expn(np.eye(2))  # wrong
    jt.testing.check_gard(energy, x)  # wrong


# --- recorded functions -----------------------------------------------------------------------------------------------------


def recorded() -> None:
    x = np.ones(3)
    f = jt.record(energy, x, k=2.0)
    assert_type(f, jt.Function)
    f(x)
    f.grad(x)
    value, gradient = f.value_and_grad(x)
    f.batch_value_and_grad(np.ones((5, 3)), threads=2)
    f.sparse_hessian(x)
    f.bind(k=3.0)
    f.save("file")
    jt.load("file").grad(x)

    f.gard(x)  # wrong
    jt.record()  # wrong


@jt.primitive(vjp=lambda g, out, x: g * 3 * x**2)
def by_rule(x: float) -> float:
    return x**3


def primitives() -> None:
    assert_type(by_rule(2.0), float)
    assert_type(jt.grad(by_rule)(2.0), float)
    assert_type(jt.primitive(cube, partials=[lambda x: 3 * x**2])(2.0), float)

    by_rule("text")  # wrong


# --- tensors ----------------------------------------------------------------------------------------------------------------


def operators() -> None:
    t = jt.tensor([1.0, 2.0], requires_grad=True)
    u = jt.ones(2, 2)
    assert_type(t, jt.Tensor)
    assert_type(t + 1, jt.Tensor)
    assert_type(1 + t, jt.Tensor)
    assert_type(2.5 - t, jt.Tensor)
    assert_type(t * u, jt.Tensor)
    assert_type(t / np.ones(2), jt.Tensor)
    assert_type(2 / t, jt.Tensor)
    assert_type(t**2, jt.Tensor)
    assert_type(2**t, jt.Tensor)
    assert_type(t // 2, jt.Tensor)
    assert_type(t % 2, jt.Tensor)
    assert_type(-t, jt.Tensor)
    assert_type(+t, jt.Tensor)
    assert_type(abs(t), jt.Tensor)
    assert_type(t @ u, jt.Tensor)
    assert_type(t > 0, jt.Tensor)
    assert_type(0 < t, jt.Tensor)
    assert_type(t <= u, jt.Tensor)
    assert_type(t == u, jt.Tensor)
    assert_type(t != 1.0, jt.Tensor)
    assert_type((t > 0) & (t < 1) | ~(t == 0), jt.Tensor)
    assert_type(round(t), jt.Tensor)
    assert_type(divmod(t, 2), tuple[jt.Tensor, jt.Tensor])
    assert_type(t[0], jt.Tensor)
    assert_type(u[:, 0], jt.Tensor)
    assert_type(t[t > 0], jt.Tensor)
    assert_type(list(t), list[jt.Tensor])
    v = t.clone()
    v += 1
    v *= t
    v @= u
    assert_type(v, jt.Tensor)
    v[0] = 3.0
    v[1:] = t[1:]
    assert_type(float(t[0]), float)
    assert_type(len(t), int)
    if t[0] > 0:
        v -= 1

    t + "text"  # wrong
    t @ None  # wrong
    print(t < None)  # wrong
    v += "text"  # wrong


def methods() -> None:
    t = jt.tensor([[1.0, 2.0]], requires_grad=True)
    assert_type(t.sum(), jt.Tensor)
    assert_type(t.sum(0, keepdim=True), jt.Tensor)
    assert_type(t.mean(dim=(0, 1)), jt.Tensor)
    assert_type(t.exp().log1p().sigmoid(), jt.Tensor)
    assert_type(t.view(2, 1), jt.Tensor)
    assert_type(t.view(-1), jt.Tensor)
    assert_type(t.reshape((2, 1)), jt.Tensor)
    assert_type(t.T, jt.Tensor)
    assert_type(t.add(1, alpha=2), jt.Tensor)
    assert_type(t.maximum(0.0), jt.Tensor)
    assert_type(t.clamp(min=0.0), jt.Tensor)
    assert_type(t.max(), jt.Tensor)
    values, indices = t.max(dim=1)
    assert_type(values, jt.Tensor)
    assert_type(t.max(1).indices, jt.Tensor)
    assert_type(t.split(1), tuple[jt.Tensor, ...])
    assert_type(t.float(), jt.Tensor)
    assert_type(t.int(), jt.Tensor)
    assert_type(t.to(jt.float32), jt.Tensor)
    assert_type(t.is_floating_point(), bool)
    assert_type(t.shape, jt.Size)
    assert_type(t.size(), jt.Size)
    assert_type(t.size(0), int)
    assert_type(t.dim(), int)
    assert_type(t.numel(), int)
    assert_type(t.detach().numpy(), NDArray[Any])
    assert_type(t.item(), Any)
    assert_type(t.requires_grad, bool)
    assert_type(t.backward(), None)
    assert_type(t.grad, jt.Tensor | None)
    if t.grad is not None:
        assert_type(t.grad + 1, jt.Tensor)
    t.retain_grad()
    t.grad = None
    with jt.no_grad():
        assert_type(t.add_(1.0).clamp_(0.0, 1.0).zero_(), jt.Tensor)
        t -= 0.1 * t

    t.summ()  # wrong
    t.sum("text")  # wrong
    t.exp(1)  # wrong
    t.view("text")  # wrong
    t.grad.sum()  # wrong
    t.add(1, beta=2)  # wrong


def functions_of_tensors() -> None:
    t = jt.rand(3, dtype=jt.float64)
    assert_type(jt.sin(t), jt.Tensor)
    assert_type(jt.exp(1.0), jt.Tensor)
    assert_type(jt.abs(t), jt.Tensor)
    assert_type(jt.all(t > 0), jt.Tensor)
    assert_type(jt.any(t > 0), jt.Tensor)
    assert_type(jt.max(t), jt.Tensor)
    assert_type(jt.min(t, 0)[0], jt.Tensor)
    assert_type(jt.pow(t, 2), jt.Tensor)
    assert_type(jt.round(t), jt.Tensor)
    assert_type(jt.sum(t, 0), jt.Tensor)
    assert_type(jt.cat([t, t], dim=0), jt.Tensor)
    assert_type(jt.stack((t, t)), jt.Tensor)
    assert_type(jt.einsum("i,i->", t, t), jt.Tensor)
    assert_type(jt.where(t > 0, t, 0.0), jt.Tensor)
    assert_type(jt.maximum(t, 0.0), jt.Tensor)
    assert_type(jt.matmul(t, t), jt.Tensor)
    assert_type(jt.allclose(t, t), bool)
    assert_type(jt.is_tensor(t), bool)
    jt.zeros(2, 3, dtype=jt.float)
    jt.tensor(1, dtype=jt.long)
    assert_type(jt.autograd.grad(t.sum(), t), tuple[Any, ...])
    jt.autograd.backward([t.sum()])

    jt.sinn(t)  # wrong
    jt.sin()  # wrong
    jt.cat(t, dim="text")  # wrong


@jt.no_grad()
def predicted(t: jt.Tensor) -> jt.Tensor:
    return t * 2


@jt.no_grad
def predicted_too(t: jt.Tensor) -> jt.Tensor:
    return t * 2


def switches(t: jt.Tensor) -> None:
    assert_type(predicted(t), jt.Tensor)
    assert_type(predicted_too(t), jt.Tensor)
    assert_type(jt.is_grad_enabled(), bool)
    with jt.enable_grad(), jt.set_grad_enabled(False):
        pass
    predicted(1.0)  # wrong
    predicted_too("text")  # wrong


# --- training ---------------------------------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 8)
        self.second = nn.Linear(8, 1)
        self.scale = nn.Parameter(jt.tensor(1.0))

    def forward(self, x: jt.Tensor) -> jt.Tensor:
        return self.scale * self.second(nn.functional.tanh(self.first(x)))


def training() -> None:
    net = Net()
    other = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = jt.optim.Adam(net.parameters(), lr=1e-2)
    jt.optim.SGD(other.parameters(), lr=0.1, momentum=0.9)
    x, y = jt.randn(16, 2), jt.randn(16, 1)
    criterion = nn.MSELoss()
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        assert_type(loss, jt.Tensor)
        loss.backward()
        optimizer.step()
    assert_type(criterion(other(x), y), jt.Tensor)
    criterion(net(x), y).backward()
    for name, parameter in net.named_parameters():
        assert_type(name, str)
        assert_type(parameter, nn.Parameter)
        assert_type(parameter * 2, jt.Tensor)
    assert_type(net.state_dict(), dict[str, Any])
    assert_type(net.first.weight.shape, jt.Size)

    jt.optim.Adan(net.parameters())  # wrong
    jt.nn.Lineer(2, 8)  # wrong
    nn.Linear("text", 8)  # wrong
    optimizer.stepp()  # wrong


# --- Numba, integrations, errors --------------------------------------------------------------------------------------------


def native(f: Callable[[Reals, float], float]) -> None:
    x = np.ones(3)
    assert_type(jt.native.grad(f)(x, 2.0), Reals)
    assert_type(jt.native.value_and_grad(f)(x, 2.0), tuple[float, Reals])
    assert_type(jt.native.wrap(f)(x, 2.0), float)
    jt.native.grad(f, argnums=1)(x, 2.0)
    jt.native.c_gradient(f).address
    jt.native.grad(f, argnums=(0, 1))(x, 2.0)

    jt.native.wrap(f)(x)  # wrong
    jt.native.grad(f)(x, "text")  # wrong
    jt.native.gard(f)  # wrong


def integrations() -> None:
    minimize(energy, np.ones(3), parameters={"k": 2.0})
    jt.integrate.scipy.least_squares(lambda x: x, np.ones(3))
    jt.integrate.ipopt.Problem(energy, np.ones(3))
    jt.integrate.executor.map_grad
    jt.integrate.Lagrangian

    jt.integrate.scipi  # wrong
    jt.integrate.scipy.minimise(energy, np.ones(3))  # wrong


def errors() -> None:
    try:
        jt.grad(energy)(np.ones(3))
    except (jt.GradientError, jt.DerivativeLostError, jt.RecordingError) as error:
        assert_type(error.args, tuple[Any, ...])
    except jt.errors.PatternChanged as error:
        assert_type(error.what, str)
    except jt.errors.JittapeError:
        pass
    leaves, rebuild = jt.tree.flatten({"w": 1.0})
    assert_type(leaves, list[Any])

    jt.errors.GradientErorr  # wrong
    jt.GradientErorr  # wrong
