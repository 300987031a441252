"""The dtypes and values of results, of operands of many dtypes, beside PyTorch."""

import warnings

import numpy as np
import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")

EXPRESSIONS = [
    "t.arange(3).sum()", "(t.arange(3)>1).sum()", "t.arange(3,dtype=t.int32).sum()", "t.ones(3).sum(dtype=t.float64)", "t.arange(3).sum(dtype=t.float32)",
    "t.arange(3)/2", "t.arange(3)//2", "t.arange(3)**2", "t.arange(3)*1.5", "t.arange(3,dtype=t.int32)+1.5", "t.arange(3).float().mean()",
    "t.arange(3,dtype=t.int32).cumsum(0)", "t.arange(3,dtype=t.int32).prod()", "(t.arange(3)>0).prod()", "(t.arange(3)>0).cumsum(0)", "t.ones(3).argmax()",
    "t.arange(3).exp()", "t.arange(3).sqrt()", "t.arange(3,dtype=t.int32).sin()", "t.arange(3).round()", "t.arange(3).floor()", "t.cat([t.ones(2),t.arange(2)])",
    "t.cat([t.ones(2),t.ones(2,dtype=t.float64)])", "t.stack([t.arange(2),t.arange(2,dtype=t.int32)])",
    "t.where(t.tensor([True,False]),t.ones(2),t.zeros(2,dtype=t.float64))", "t.where(t.tensor([True,False]),1,0)", "t.where(t.tensor([True,False]),1.0,0.0)",
    "t.where(t.tensor([True,False]),t.arange(2),1.5)", "t.tensor([1,2],dtype=t.uint8)+t.tensor([1,2],dtype=t.int8)", "t.tensor([250],dtype=t.uint8)+10",
    "t.tensor([True])+t.tensor([True])", "t.tensor([True])*2", "t.tensor([True])*2.5", "t.tensor([True])&t.tensor([False])", "-t.tensor([1,2],dtype=t.int32)",
    "t.tensor([-1]).abs()", "t.maximum(t.arange(2),t.ones(2))", "t.arange(4).clamp(max=2)", "t.arange(4).clamp(max=2.5)", "t.linspace(0,1,3)", "t.full((2,),1)",
    "t.full((2,),True)", "t.full((2,),1.0)", "t.arange(0,1,0.5)", "t.tensor([1,2.5])", "t.tensor([1,2])", "t.tensor(np.array([1.0]))",
    "t.tensor(np.array([1.0],np.float32))", "t.as_tensor(np.array([1,2],np.int32))", "t.eye(2)", "t.nn.functional.one_hot(t.arange(3))", "t.bincount(t.arange(3))",
    "t.unique(t.tensor([1,1,2]))", "t.ones(3).sort()[1]", "t.ones(2).nonzero()", "t.arange(2)==t.ones(2)", "t.tensor(1.0,dtype=t.float64)*t.ones(2)",
    "t.tensor(1)*t.ones(2)", "t.tensor(2.5)*t.arange(2)", "t.tensor(1.0,dtype=t.float64)+t.tensor(1.0)", "t.ones(2)*np.float64(2)", "t.arange(5)%2",
    "t.arange(5)%2.5", "t.fmod(t.arange(5),2)", "t.ones(3).std()", "t.ones(3,dtype=t.float64).var()", "t.arange(3).softmax(0,dtype=t.float32)",
    "t.ones(3).softmax(0,dtype=t.float64)", "t.nn.functional.log_softmax(t.ones(3),0,dtype=t.float64)", "t.arange(3).mean(dtype=t.float32)",
    "t.ones(3).prod(dtype=t.float64)", "t.arange(3).cumsum(0,dtype=t.float64)", "t.ones(3).norm(dtype=t.float64)", "t.arange(2).logical_not()", "~t.arange(2)",
    "t.arange(3)<<1", "t.arange(2).any()", "t.arange(2).max()", "t.div(t.arange(4),2,rounding_mode='floor')", "t.div(t.arange(4),2,rounding_mode='trunc')",
    "t.true_divide(t.arange(2),2)", "t.arange(1,3).reciprocal()", "t.arange(2).sigmoid()", "t.arange(1,3).rsqrt()", "t.arange(1,3).float()**-1", "2**t.arange(3)",
    "2.0**t.arange(3)", "t.arange(3).float().logsumexp(0)", "t.tril_indices(2,2)", "t.arange(4).reshape(2,2)@t.arange(4).reshape(2,2)",
    "t.tensor([1,2]).float().nanmean()", "t.lerp(t.zeros(2),t.ones(2),0.5)", "t.ones(2).type(t.int64)", "t.ones(2).byte()", "t.ones(2).to(t.uint8)",
    "t.ones(2,2).mean((0,1))", "t.histc(t.arange(4).float(),2)", "t.arange(4.).quantile(0.5)", "t.ones(2).add(1)",
    "t.addcmul(t.ones(2),t.ones(2),t.ones(2),value=2)", "t.arange(3).median()", "t.tensor([1,1,2]).mode()[0]",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_dtypes_and_values(expression):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (eval(expression, {"t": room, "np": np}) for room in (torch, T))
    assert f"torch.{ours.dtype}" == str(theirs.dtype)
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


def test_derivatives_flow_through_a_dtype_that_is_asked_for():
    values = np.array([1.0, 2.0, 3.0], np.float32)
    for ask in (lambda x: x.sum(dtype=x.double().dtype), lambda x: x.softmax(0, dtype=x.double().dtype)[0], lambda x: x.cumsum(0, dtype=x.double().dtype)[1], lambda x: x.norm(dtype=x.double().dtype)):
        x, y = torch.tensor(values).requires_grad_(), T.tensor(values).requires_grad_()
        ask(x).backward()
        ask(y).backward()
        assert x.grad.dtype == torch.float32
        np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-5)
