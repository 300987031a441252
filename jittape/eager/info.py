"""What few tensors have, in an object of its own, so that most are four attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jittape.eager.operands import Storage
    from jittape.eager.tensor import Tensor


class Info:
    """What few tensors have: each attribute stands here as the class's until it is set.

    Attributes:
        requires_grad, grad: as the tensor's.
        retain: whether a recorded tensor keeps its gradient.
        hooks, accumulated: functions of the gradient, and those that are called when it was added (eager/hooks.py).
        cast: what a hidden leaf was cast from (eager/casting.py).
        recast: of what a leaf was cast to, recast(tape, t) casts it on another tape (eager/casting.py).
        stands: for a tensor that was cast, as it was then.
        storage: of memory that is shared; None while it is not.
        imported: a leaf's last import and its Array.
        thread: where a leaf was made.
        parent: the tensor of which this one is a view, and the leaf itself for a view of a leaf.
        source, position: of a view of a leaf, the import it was taken from, and the place of an element there.
        key: of an element of a recorded tensor, its index in `parent`.
        base: of a view of a plain tensor, the tensor that is no view.
        group: of plain tensors of one memory, those that become recorded together; detach() begins another.
        family: of a recorded tensor, those that share its memory; None while nothing does.
        origin, fate: where slots come from that others name too, and what became of the tensor (see eager/ownership.py).
        node: the slots that a recorded tensor had before its values were overwritten behind the graph's back: its gradient is theirs.
        own: of a view of a leaf that keeps its gradient, the import it was copied from, and its Array.
        hollow: of a recorded tensor without elements, the tensors that it comes from (eager/hollow.py).
        apart: a view that does not follow changes of what it is a view of.
        view: whether it is a view of another tensor, which detach() does not make.
        viewed: whether views of a leaf were taken while it required grad.
        unrecorded: of a view that was taken under no_grad() of a tensor that requires grad, the version of the memory; else -1.
        asked: of such a view, whether requires_grad_() was called: it collects gradients then.
        unseen: of what `.data` gave, and of its views: changes made through it are not counted.
        borrower: of memory that was lent to a tape (eager/lending.py), what has it.
        version: how often the memory was written to, until a storage or a family counts it.
        fn: what `grad_fn` gave.
    """

    requires_grad = False
    grad: Tensor | None = None
    retain = False
    hooks: Any = None
    accumulated: Any = None
    cast: Tensor | None = None
    recast: Any = None
    stands = False
    storage: Storage | None = None
    imported: Any = None
    thread = 0
    parent: Tensor | None = None
    source: Any = None
    position = -1
    key: Any = None
    base: Tensor | None = None
    group: Any = None
    family: Any = None
    origin: Any = None
    fate: Any = None
    node: Any = None
    own: Any = None
    hollow: tuple[Tensor, ...] = ()
    apart = False
    view = False
    viewed = False
    unrecorded = -1
    asked = False
    unseen = False
    borrower: Any = None
    version = 0
    fn: Any = None

    @property
    def ends(self) -> bool:
        """Whether no gradient arrives at a leaf that says it requires grad: a view that was taken under no_grad(), and not asked for one."""
        return self.unrecorded >= 0 and not self.asked
