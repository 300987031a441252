"""A backward pass frees the graph, unless it is asked to keep it."""

import jittape as jt

x = jt.tensor(2.0, requires_grad=True)
y = x**2

y.backward(retain_graph=True)
print(f"after one pass    {x.grad.item()}")
y.backward()  # this one frees the graph
print(f"after two passes  {x.grad.item()}")

try:
    y.backward()
except RuntimeError as error:
    print(f"a third pass      {type(error).__name__}: {str(error)[:53]}")
    raised = True
else:
    raised = False

assert raised
assert x.grad.item() == 8.0
