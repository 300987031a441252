"""What functions of several results give is printed, unpacked and pickled as PyTorch's `torch.return_types`."""

import pickle

import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")
CASES = """
x.max(0) | x.min(1, True) | T.median(x, 0) | T.nanmedian(x, 1) | x.mode() | x.kthvalue(2) | T.topk(x, 2) | x.sort(descending=True) | T.sort(x, dim=0) | x.cummax(1)
T.cummin(x, 0) | T.aminmax(x) | x.aminmax(dim=0) | T.frexp(x) | T.slogdet(s) | T.linalg.slogdet(s) | T.linalg.eigh(e) | T.linalg.inv_ex(e) | T.linalg.cholesky_ex(e)
T.linalg.lu(e) | T.linalg.lu_factor(e) | T.linalg.lu_factor_ex(e) | T.linalg.solve_ex(e, e) | T.histogram(x, 3) | T.var_mean(x) | T.std_mean(x, 0)
""".replace("\n", " | ").strip(" |").split(" | ")


@pytest.mark.parametrize("case", [c.strip() for c in CASES if c.strip()])
def test_results_are_printed_as_there(case):
    found = []
    for lib in (T, torch):
        x = lib.tensor([[3.0, 1.0, 2.0, 1.0], [0.5, -4.0, 8.0, 0.25]])
        names = {"T": lib, "x": x, "s": lib.tensor([[2.0, 0.0], [0.0, 0.5]]), "e": lib.tensor([[4.0, 0.0], [0.0, 9.0]])}
        result = eval(case, names)
        assert isinstance(result, tuple)
        found.append(repr(result))
    assert found[1] == found[0]
    again = pickle.loads(pickle.dumps(result))
    assert type(again) is type(result) and repr(again) == repr(result)
