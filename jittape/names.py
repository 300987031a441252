"""What names that are not there are called here: those of other libraries, and those that are nearly right.

It is imported where an attribute was not found, so that looking up what is there costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

ELSEWHERE: dict[str, str] = {
    "jit": "F = jittape.record(f, x) is replayed natively", "make_jaxpr": "jittape.record(f, x).tape.listing() shows what was recorded",
    "lax": "loops and branches are Python's own; lax.stop_gradient is jittape.stop_gradient, and for long loops there is jittape.checkpoint_loop",
    "random": "numbers are drawn by a numpy.random.Generator, outside of what is recorded", "pmap": "F = jittape.record(f, x); F.batch_grad(X) sweeps many points in threads",
    **dict.fromkeys(("tree_map", "tree_util", "tree_leaves", "flatten_util", "ravel_pytree"), "jittape.tree goes through containers: map, leaves, flatten, ravel_pytree"),
    "linearize": "jittape.jvp(f, (x,), (v,))", "linear_transpose": "jittape.vjp(f, x)", "custom_gradient": "jittape.custom_vjp",
    **dict.fromkeys(("block_until_ready", "device_put", "device_get", "devices"), "results are in the memory of the processor when they are returned"),
    "grad_and_aux": "jittape.grad(f, has_aux=True)", "make_vjp": "value, pull = jittape.vjp(f, x)", "make_jvp": "jittape.jvp(f, (x,), (v,))",
    **dict.fromkeys(("make_hvp", "hessian_vector_product", "hessian_tensor_product"), "jittape.hvp(f)(x, v)"),
    **dict.fromkeys(("multigrad", "multigrad_dict"), "jittape.grad(f) takes containers, and argnums= names several arguments"),
    "holomorphic_grad": "jittape.grad(f, holomorphic=True)", **dict.fromkeys(("SX", "MX"), "write a function of arrays; F = jittape.record(f, x)"),
    **dict.fromkeys(("jac", "gradient", "derivative", "diff"), "jittape.grad(f), of vectors jittape.jacobian(f)"), "function": "F = jittape.record(f, x) is replayed natively",
    **dict.fromkeys(("fori_loop", "while_loop", "scan", "cond"), "loops and branches are Python's own, for and if; for the memory of long loops there is jittape.checkpoint_loop"),
    **dict.fromkeys(("minimize", "least_squares", "curve_fit"), "jittape.integrate.scipy has it, with exact derivatives"),
}  # fmt: skip
"""What JAX, HIPS/autograd, PyTorch and CasADi call so, in words of jittape: docs/migrating.md has them all."""

OF_FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(("gradient", "backward", "derivative", "jac_transpose"), "F.grad(x)"), **dict.fromkeys(("jac", "jacrev", "jacfwd"), "F.jacobian(x), F.sparse_jacobian(x)"),
    **dict.fromkeys(("hess", "hes"), "F.hessian(x), F.sparse_hessian(x)"), **dict.fromkeys(("hessp", "hess_vec", "hessvec"), "F.hvp(x, v)"),
    **dict.fromkeys(("value", "fun", "forward", "eval", "evaluate", "replay"), "F(x)"), **dict.fromkeys(("map", "vmap"), "F.batch_value(X), F.batch_grad(X)"),
    **dict.fromkeys(("jit", "lower"), "F is replayed natively as it is; F.compile() compiles its loops at once"), "linearize": "F.jvp((x,), (v,))",
    **dict.fromkeys(("listing", "graph", "jaxpr"), "F.tape.listing()"),
}  # fmt: skip
"""The same of recorded functions."""


def missing(owner: str, name: str, known: Callable[[], Iterable[str]], words: Mapping[str, str], way: str = "") -> str:
    """The text of an AttributeError: what it is called here, or a name that is nearly the same.

    Args:
        owner: what lacks the name: "module 'jittape'".
        name: what was asked for.
        known: gives the names that there are.
        words: of other names, what they are called here.
        way: what to do, where the caller knows it.
    """
    found = words.get(name) or way
    if not found and not name.startswith("_"):
        import difflib  # for start-up

        near = difflib.get_close_matches(name, [k for k in known() if not k.startswith("_")], 2, 0.6)
        found = f"did you mean {' or '.join(near)}?" if near else ""
    return f"{owner} has no attribute {name!r}{found and ': ' + found}"
