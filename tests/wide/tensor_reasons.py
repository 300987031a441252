"""Why tensors may differ from PyTorch's: the table that disagreements are compared with, from top to bottom."""

from __future__ import annotations

from typing import Any

from cases import Reason

DETACHED = r"detach\(\)|\.data"
PREFIX = r"(?:with t\.no_grad\(\): )?"
BEHIND = r"detach\(\)|\.data|no_grad"
TRANSPOSED_LEAF = r"\.t\(\)\.clone\(\)"
LATER = r"\.requires_grad_\((True)?\)$"
CHANGES = ("value", "grad")

FOLLOW = "Views follow a leaf whose `.data` is set to other memory"
LATE_LEAF = "do not come to require grad when `requires_grad_()` of the leaf is called after them"
UNDER_NO_GRAD = "Where PyTorch refuses views taken under `no_grad()` although derivatives are known"
OVERLAP = "Overlapping operands under `no_grad()` (`x.sub_(x[:, :1])`) are read before anything is written"
OUT_OF_ORDER = "A view of a leaf that does not lie in order in memory"
LEFT = "Recorded values cannot be stored into a tensor that left the graph by `detach_()`"
MAY_BE_NONE = "element of the same tensor was used and replaced, `.grad` may be None here"
FREED = "A backward pass frees some operations that PyTorch lets go through once more"
CONSTANT = "Whether a recorded gradient (`create_graph=True`) that is constant says that it requires grad may differ"
BETWEEN = "Its derivative by a tensor between depends on which ones the formula names"
CHECKPOINT = "What `checkpoint` returns requires grad whatever its function uses"
KEPT_MEMORY = "a view of a leaf that keeps its gradient (`v.retain_grad()`) has memory of its own"
HOOKED_VIEW = "A hook on a tensor that is a view copies it, as `retain_grad()` does"
ZERO_HOOKS = "A hook is not called where nothing depends on its tensor any more"
HOOKS = "Which of two hooks is called first where neither tensor depends on the other may differ"
C_ORDER = "and so does what is computed of a leaf that requires grad and lies transposed"


def oracle(name: str, does: str, **shown: Any) -> Reason:
    """A difference that is the oracle's own, with what it does."""
    return Reason(name, does, page="", **shown)


def theirs(name: str, does: str, text: str) -> Reason:
    """What PyTorch refuses and jittape takes."""
    return oracle(name, does, kinds=("PyTorch refuses",), text=text)


def ours(name: str, rests_on: str, text: str, page: str = "limitations.md") -> Reason:
    """What jittape refuses and PyTorch takes."""
    return Reason(name, rests_on, kinds=("jittape refuses",), text=text, page=page)


REFUSALS = [
    theirs("a hook asks for a gradient that is not there", "a hook of the program fails in PyTorch, which calls it with a leaf without gradient", r"'NoneType' object has no attribute"),
    theirs("views of several, or under no_grad", "PyTorch refuses changes of views that it gave out several at a time or took under no_grad", r"is a view and (its base or another view|is being modified)|view (of a view which )?was created in no_grad|view was created inside"),
    theirs("expanded gradients overlap in PyTorch", "gradients of expanded tensors share memory there", r"more than one element of the written-to tensor refers to a single memory"),
    theirs("copies of saved tensors", "the copies of saved tensors that the comparison asks for are not supported by some operations", r"don't yet support saved tensor hooks"),
    theirs("outer of matrices", "torch.outer takes vectors only", r"outer: Expected 1-D"),
    theirs("overlapping operands", "PyTorch refuses operands that overlap with what is written", r"some elements of the input tensor and the written-to tensor refer"),
    theirs("freed graphs", "PyTorch has freed what jittape does not need for another pass", r"Trying to backward through the graph a second time"),
    theirs("products of both dtypes", "torch.dot takes vectors of one dtype", r"expected both vectors to have same dtype"),
    theirs("products of both dtypes", "PyTorch's matrices have one dtype where they are multiplied", r"expected m1 and m2 to have the same dtype"),
    theirs("linear of stacks", "torch.nn.functional.linear takes no stacks of weights", r"t\(\) expects a tensor with <= 2"),
    theirs("dtypes of what is stored by an index", "PyTorch refuses to store another dtype where lists or masks choose, and casts it elsewhere", r"Index put requires the source and destination dtypes match"),
    theirs("derivatives that PyTorch lacks", "PyTorch has no derivative of a derivative there", r"the derivative for '\w+' is not implemented"),
    theirs("PyTorch's own", "an assertion within PyTorch fails, which asks to report a bug", r"INTERNAL ASSERT FAILED"),
    theirs("PyTorch's own", "it adds a gradient to one of zeros that it does not store (of `sgn` of real numbers)", r"ZeroTensors are immutable"),
    theirs("shifts of numbers", "torch.fft.fftshift takes no tensor without axes", r"`shifts` required"),
    theirs("changes of views of leaves", "PyTorch refuses to change a view of a leaf that requires grad", r"a view of a leaf Variable that requires grad"),
    ours("None for a gradient of zeros", MAY_BE_NONE, r"NoneType"),
    ours("as_strided beyond a view", "PyTorch's own error, raised where the view has memory of its own", r"setStorage", page=""),
    ours("SharedSlotsError", "The gradient with respect to the view itself (`autograd.grad(loss, v)`) raises `SharedSlotsError`", r"SharedSlots"),
    ours("tensors that lie transposed", OUT_OF_ORDER, r"does not lie in order|transposed"),
    ours("shape in place", "the shape of what requires grad is not changed in place: the error says so", r"shape of a tensor that requires grad cannot be changed in place", page=""),
    ours("freed graphs", FREED, r"FreedGraphError"),
    ours("overlap of expanded tensors", "PyTorch's own error, where its tensor lies in memory otherwise", r"more than one element of the written-to", page=""),
    ours("views under no_grad", "PyTorch's own error, of a view that it holds for one of another tensor", r"A view was created in no_grad mode and is being modified inplace", page=""),
    ours("tensors that left the graph", LEFT, r"left the graph by detach_|views of it|detach_\(\)"),
]
"""Of what only one of both takes; by the text of the error alone."""


def difference(name: str, rests_on: str, *kinds: str, program: tuple[str, ...] = (), line: str = "", text: str = "") -> Reason:
    return Reason(name, rests_on, kinds, program, line, text)


DIFFERENCES = [
    oracle("a gradient that is the leaf's memory", "PyTorch keeps a gradient that it is given, or that is set, without a copy", kinds=CHANGES, program=(r"(v\d+)\.backward\(\1[,)]",)),
    difference("views of leaves that require grad later", LATE_LEAF, "jittape refuses", program=(r"requires_grad_\(\)",), text="does not require grad"),
    difference("views under no_grad", UNDER_NO_GRAD, "jittape refuses", program=("no_grad",), text="A view was created in no_grad"),
    difference("a leaf that ceased to require grad and does so again", LATE_LEAF, "grad", program=(r"requires_grad_\(False\)", r"requires_grad_\((True)?\)")),
    difference("an adjoint of zero contributes zero", "An adjoint of exactly zero contributes zero even where the partial is infinite or NaN", "grad", text=r"torch [^j]*nan"),
    oracle("detached leaves that recorded values are stored into", "PyTorch refuses a leaf that became a part of the graph", kinds=("PyTorch refuses",), text="moved into the graph interior"),
    difference("results of checkpoint require grad", CHECKPOINT, "PyTorch refuses", program=("checkpoint",)),
    difference("memory of views that keep their gradient", KEPT_MEMORY, *CHANGES, program=(r"retain_grad\(\)", BEHIND)),
    oracle("gaps of as_strided", "PyTorch gives no gradient to elements between those of a view by as_strided", kinds=("grad",), program=("as_strided",)),
    difference("views under no_grad that come to require grad", UNDER_NO_GRAD, "grad", program=(r"no_grad\(\): v\d+ = ", r"requires_grad_\(\)")),
    difference("gradients before or after hooks", "A gradient by a tensor between is the one after its hooks", *CHANGES, "log", "log values", program=("register_hook", r"autograd\.grad\(.*\[[^\]]*,")),
    difference("hooks of leaves that are gone", "A hook of a leaf is called while the leaf lives", "log", program=(r"^del ",)),
    oracle("views of what came to require grad", "PyTorch refuses to change a leaf that requires grad", kinds=("PyTorch refuses",), text="a leaf Variable that requires grad is being used"),
    difference("memory of views that have hooks", HOOKED_VIEW, *CHANGES, program=("register_hook", BEHIND)),
    difference("views of leaves that require grad later", LATE_LEAF, *CHANGES, program=(LATER,)),
    oracle("fill_diagonal_ of what is no cube", "PyTorch wants axes of equal length", text="all dimensions of input must be of equal length"),
    difference("layout of gradients of leaves that lie transposed", OUT_OF_ORDER, "jittape refuses", program=(rf"materialize|{TRANSPOSED_LEAF}",), text="view size is not compatible"),
    difference("None for a gradient of zeros", MAY_BE_NONE, "missing", program=(r"\.grad",)),
    oracle("a hook names a tensor that is gone", "the program deletes a tensor that its hook names", text="name 'v(?s:.)*is not defined"),
    difference("leaves that lie transposed", OUT_OF_ORDER, "jittape refuses", program=(TRANSPOSED_LEAF,), text="a view of a leaf"),
    difference("views under no_grad", UNDER_NO_GRAD, "jittape refuses", program=("no_grad",), text="does not require grad"),
    difference("views of tensors that left the graph", LEFT, "grad", program=(r"detach_\(\)", "no_grad")),
    difference("kept gradients beside casts", "where the inputs asked for do not depend on what was used", "grad", program=(r"retain_grad\(\)", r"inputs=|autograd\.grad", "float32")),
    oracle("inputs of checkpoint that were changed in place", "PyTorch computes anew from the changed values", kinds=("jittape refuses",), program=("checkpoint",), text="modified by an inplace operation"),
    difference("detach_ of a view of a copy", C_ORDER, "jittape refuses", text="Can't detach views in-place"),
    oracle("frozen views of leaves taken under no_grad", "a view of a leaf that was taken under no_grad says in PyTorch that it requires grad, after requires_grad_(False), too, and gets none", kinds=("requires_grad",), program=("no_grad", r"requires_grad_\(False\)"), text="torch True jittape False"),
    difference("recorded gradients that are constant", CONSTANT, "jittape refuses", program=("create_graph",), text="does not require grad"),
    oracle("a gradient that is the leaf's memory", "PyTorch keeps a gradient that it is given, or that is set, without a copy", kinds=CHANGES, program=(r"^(v\d+)\.grad = v\d+$",)),
    difference("hooks of a leaf that ceased to require grad", ZERO_HOOKS, "grad", "log", program=("post_accumulate", r"requires_grad_\(False\)|detach_\(\)")),
    oracle("results of einsum that are views", "PyTorch's einsum gives views of products", kinds=("PyTorch refuses",), program=("einsum",), text="Can't detach views in-place"),
    difference("hooks of a leaf that ceased to require grad", ZERO_HOOKS, "PyTorch refuses", program=("register_hook", r"requires_grad_\(False\)"), text="hook '|clamp is not supported for complex"),
    difference("order of hooks", HOOKS, "order of the log", program=("hook",)),
    oracle("deviation of equal numbers", "the mean of equal numbers is rounded, and their deviation is zero but for that", kinds=CHANGES, program=(r"\.std\(|\.var\(", r"\.data\[|fill_|copy_|full|ones|\] = "), text=r"^v\d+: torch"),
    oracle("lerp_ of another dtype", "PyTorch's lerp_ does not mix dtypes", kinds=("PyTorch refuses",), text="expected dtype"),
    oracle("data of what is no leaf", "PyTorch sets it of any tensor; jittape's error says that it does not", kinds=("jittape refuses",), text="x.data can be set for a leaf only"),
    oracle("which of equal elements is taken", "of equal elements, topk, sort and median take another one", kinds=("grad",), program=("topk|sort|kthvalue|median", "zero_|fill_|no_grad|clamp|relu")),
    difference("views of leaves that require grad later", LATE_LEAF, "jittape refuses", program=(r"requires_grad_\(\)",), text="cannot register a hook|can't retain_grad on"),
    oracle("flags of views that came to require grad", "PyTorch does not look at whether a view requires grad before it takes that away, and gives it back when it does", kinds=("jittape refuses",), program=(r"(v\d+)\.requires_grad_\(False\)", r"\[[^\n]*\] = v|copy_"), text="change requires_grad flags of leaf"),
    difference("views under no_grad of what lies transposed", OUT_OF_ORDER, "requires_grad", program=("no_grad", TRANSPOSED_LEAF)),
    difference("float32 with axes beside a float64 number", "A float32 tensor with axes beside a float64 number that requires grad gives float64", "dtype", text="torch float32 jittape float64"),
    oracle("hooks of views that are changed in place", "PyTorch leads what passes a change in place by the view's base, past a hook that the view has", kinds=("grad", "log", "log values"), program=(rf"(v\d+)\.register_hook(?s:.)*^{PREFIX}\1(?:\[[^\n]*\])?(?:\.\w+_\(| [-+*/]*= )",)),
    oracle("views that are looked at after their base left the graph", "PyTorch finds what a view of a changed tensor depends on when it is looked at, and a base that was detached takes it along", kinds=("grad",), program=(rf"^{PREFIX}(v\d+)(?:\[[^\n]*\] [-+*/]?= |\.\w+_\()(?s:.)*^\1\.detach_\(\)",)),
    difference("views of leaves that require grad later", LATE_LEAF, "requires_grad", line=r"\.requires_grad_\("),
    difference("results of checkpoint require grad", CHECKPOINT, "jittape refuses", line=r"requires_grad_\(False\)", program=("checkpoint",), text="change requires_grad flags of leaf"),
    difference("writes through views of a transposed view", OUT_OF_ORDER, *CHANGES, program=(r"no_grad\(\): v\d+ = v\d+\.(mT|T|t\(\)|transpose|permute|swapaxes|movedim)", DETACHED)),
    difference("contiguous views of a leaf that lies transposed", C_ORDER, "PyTorch refuses", program=(TRANSPOSED_LEAF,), text="view size is not compatible"),
    difference("results of checkpoint require grad", CHECKPOINT, "requires_grad", line="checkpoint", text="torch False jittape True"),
    difference("hooks of gradients that are zero", ZERO_HOOKS, "grad", "log", program=("register_hook", r"g \+ 0.5|LOG", r"zero_|fill_| = |copy_")),
    difference("writes through views of a leaf that lies transposed", OUT_OF_ORDER, *CHANGES, program=(rf"{TRANSPOSED_LEAF}\.requires_grad_\(True", DETACHED)),
    difference("order of a result of transposed tensors", C_ORDER, *CHANGES, program=("checkpoint", r"\.t\(\)|\.T|mT|permute|transpose|swapaxes|movedim")),
    difference("views under no_grad say that they require grad", UNDER_NO_GRAD, "requires_grad", program=("no_grad",), text="torch False jittape True"),
    difference("views of leaves that require grad later", LATE_LEAF, "is_leaf", program=(r"requires_grad_\(",)),
    difference("recorded gradients that are constant", CONSTANT, "requires_grad", program=("create_graph",)),
    difference("gradients of recorded gradients by tensors between", BETWEEN, "value", "log values", program=(r"create_graph=True", r" / |sigmoid|div|tanh|silu", r"autograd\.grad\([^\n]*\[[^\n]*v"), line=r"^v\d+ = v\d+s\["),
    difference("contiguous views of a leaf that lies transposed", C_ORDER, "retains_grad", program=(TRANSPOSED_LEAF, r"contiguous\(\)")),
    difference("kept gradients after detach_", "such a tensor keeps no further gradient", "retains_grad", program=(r"detach_\(\)",)),
    difference("views follow a leaf whose data is set", FOLLOW, *CHANGES, "requires_grad", program=(r"^v\d+\.data = ",)),
    oracle("retain_grad of a view whose base came to require grad", "PyTorch does not note it of what it has not looked at since", kinds=("retains_grad",), program=(r"copy_|\] = ", r"retain_grad\(\)"), text="torch False jittape True"),
    oracle("stores by an index into expanded tensors", "PyTorch counts what is stored once for each element that shares its memory", kinds=("grad",), program=(r"expand|broadcast_to", r"\[[^\n]*t\.tensor\([^\n]*\] [-+*/]?= ")),
    difference("views follow a leaf whose data is set", FOLLOW, "jittape refuses", program=(r"^v\d+\.data = ",), text="a view of a leaf Variable"),
    Reason("overlapping operands", OVERLAP, kinds=("tried by running PyTorch with copies",)),
]
"""Of what both take; `overlapping operands` is tried last, by a run in which PyTorch reads copies (tensor_cases.py)."""
