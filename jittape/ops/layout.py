"""The numbers that recording, sweeps and saved files agree on.

Instruction k of a tape is (opcode[k], arg0[k], arg1[k]). It writes the next free slots: a scalar instruction one, a run
instruction `arg1[k]`. A scalar instruction's operands are the slots arg0 and arg1; a run's description starts at
`meta[arg0]`. docs/architecture.md draws the records.
"""

# Opcodes of leaves. As a scalar instruction a leaf has no operands; as a run, n slots.
INPUT, CONSTANT, PARAMETER, FREED = range(4)
# Opcodes of structural operations: as runs only.
SUM, MAX, MIN, CUMSUM, MATMUL, SEGMENT_SUM, CALL, SPARSE_MATMUL = range(1016, 1024)
FOURIER, DECOMPOSITION, CHOLESKY, TRIANGULAR, DETERMINANT, SOLVE, LU = range(1009, 1016)
RUN = 1024
"""Added to an operation's number when the instruction is a run: a power of two."""
OPCODES = 2 * RUN
"""How many opcodes there may be."""

STRUCTURAL = {
    SUM: "sum",
    MAX: "max",
    MIN: "min",
    CUMSUM: "cumsum",
    MATMUL: "matmul",
    SEGMENT_SUM: "segment_sum",
    CALL: "call",
    SPARSE_MATMUL: "sparse_matmul",
    LU: "lu",
    SOLVE: "solve",
    DETERMINANT: "determinant",
    TRIANGULAR: "triangular",
    CHOLESKY: "cholesky",
    DECOMPOSITION: "decomposition",
    FOURIER: "fourier",
}
FIRST_OPERATION = FREED + 1
"""Lower numbers are leaves."""
FIRST_STRUCTURAL = min(STRUCTURAL)
"""Lower ones are leaves and elementwise operations."""
OPERATION = RUN - 1
"""Mask of an opcode: the number of its operation, be it a scalar instruction or a run."""
LEAVES = {INPUT: "input", CONSTANT: "constant", PARAMETER: "parameter", FREED: "freed"}

# A reference to an operand of n elements: five int32 (kind, base, s0, s1, n1).
REF = 5
SCALAR_REF = 0
"""Every element is slot base."""
RUN_REF = 1
"""Element i is slot base + i."""
BLOCK_REF = 2
"""Element i is slot base + (i // n1) * s0 + (i % n1) * s1."""
GATHER_REF = 3
"""Element i is slot index[base + i]; s0 and s1 hold the largest and the smallest slot of the list. n1 is its length; or, in the records of
replays, -p where its pieces stand at index[p] (passes/pieces.py)."""
PIECE = 4
"""Of a piece: its first element in its chunk, its first slot, slots, and how many times it stands there."""
LOCAL_REF = 4
"""In a plan's records only: a run of the same group, aligned with this one. base is its first slot, s0 the spot of its
values in the sweep's local memory, s1 whether its values stand in the tape's memory all the same, n1 the spot of its
adjoints."""
KIND = 7
"""Mask of a reference's kind."""
INACTIVE = 8
"""Flag: the operand is a constant, no adjoint goes there."""
ADJOINT = 16
"""Flag of a matrix product's operand: an adjoint, whose zeros give zero whatever they are multiplied with."""

FIRST = 32
"""Flag of a LOCAL_REF: the first contribution that a reverse sweep makes to these adjoints, so it is stored, not added."""
SAME = 64
"""Flag of a LOCAL_REF: the only contribution, and times one: its adjoints are those of the run that reads it."""

# The address block that native code receives.
CTL = 64
(
    C_COUNT,  # instructions
    C_SLOTS,  # slots
    C_STATUS,  # why a sweep came back: DONE, MISSING or CALLED
    C_OPCODE,  # addresses of the arrays
    C_ARG0,
    C_ARG1,
    C_VALUE,
    C_ADJOINT,
    C_TANGENT,
    C_META,
    C_INDEX,
    C_SCRATCH,
    C_KERNELS,
    C_VISITED,  # address of one byte an instruction: 0 where a reverse sweep may pass over a run, UNREAD_LEAF, or 1
    C_AT,  # instruction and slot where a sweep came back
    C_AT_SLOT,
    C_GROUP,  # plan: for the first and the last instruction of a group, its other end; 0 without a plan
    C_PLACE,  # plan: for each instruction -1, or its place in local memory (plus STORED)
    C_LOCAL,  # plan: local memory, GROUP chunks of values, then GROUP chunks of adjoints
    C_FORWARD,  # one native call a gradient: addresses of the two sweeps
    C_REVERSE,
    C_SEED,  # slot of the result
    C_INPUT,  # first slot and number of the inputs
    C_INPUTS,
    C_HITS,  # address of a counter of replays
    C_FAILED,  # the place of the guard that does not hold
    C_BUFFER,  # address of memory for a gradient
    C_NDARRAY,  # the argument's type and dtype (id() of those objects), number of axes, and address of its shape
    C_DTYPE,
    C_NDIM,
    C_SHAPE,
    C_GUARD_SLOTS,  # addresses of the guards' slots and outcomes, and their number
    C_EXPECTED,
    C_GUARDS,
    C_LIMIT,  # native recording (jittape/native): instructions that there is room for, slots less instructions
    C_EXTRA,
    C_CACHE,  # address of the constants that were recorded lately
    C_DECIDED,  # slots of decisions: whether they are noted, address, number, and how many there is room for
    C_DECISIONS,
    C_DECISION_COUNT,
    C_DECISION_LIMIT,
    C_FULL,  # not 0 where the tape could not grow: nothing more is kept
    C_BUFFERED,  # gradients asked for by native code: Vars that there is room for at C_BUFFER
    C_LIMITED,  # the number of the memory limit that this tape is known to keep
    C_STACK,  # recursions: the lowest address that frames may have, and the bytes above it
    C_STACK_SIZE,
    C_LOOPS,  # compiled loops: address of their table (sweep/loops/driver.py); 0 without any
    C_DUE,  # replays after which a call comes back with the status DUE
    C_WHOLE,  # address of a sweep that finds value and gradient in one pass, or without copies (sweep/loops/once.py); 0 without one
    C_META_COUNT,  # native recording of runs (instructions/appending_native.py): numbers in records, and how many there is room for
    C_META_LIMIT,
    C_INDEX_COUNT,  # the same of gather lists
    C_INDEX_LIMIT,
    C_WANTED,  # slots that there was no room for; 0 where there was
    C_APPENDED,  # address of what is known of the operand and the factors that were appended last
    C_ENDING,  # address of a sweep forward and back in one pass through what the recording ends with (sweep/loops/once.py); 0 without one
    C_UNPACKED,  # what compiled loops keep in columns: PACKED and so on, below
    C_EDGES,  # address of the block of a tape that is linearized (sweep/point/edges.py); 0 before it is
    C_OUTSIDE,  # address of what lies outside of an eager tape: a number of rows, and behind it the rows (O_... below); 0 without any
    *_,
) = range(CTL)

O_SLOT, O_SIZE, O_VALUE, O_ADJOINT, O_WRITTEN, O_WORDS = range(6)
"""A row: the first slot of a leaf and how many it has; the addresses of its values and of its adjoints, 0 where these stand in the slots; whether
a product has written to these adjoints. Only products of matrices look there."""

DONE, MISSING, CALLED, GUARD, UNFIT, DUE = range(6)
"""Sweep status: finished; a kernel is not compiled yet (its number stands in C_STATUS >> 8); a CALL instruction; a guard
that does not hold; an argument that native code cannot read; a path whose loops are to be compiled (sweep/point/call.py)."""
PACKED, UNPACKING, UNPACKED, UNKNOWN = range(4)
"""Of a replay with compiled loops (sweep/loops/driver.py): values and adjoints stand in columns; in their slots, but values are still to be
computed; in their slots; there was no forward sweep."""
ONLY, UNSWEPT = 1, 2
"""What a gradient's call (sweep/point/call.py) may do, bits: leave out the value; do without a forward sweep."""
NEVER = 2**63 - 1
"""In place of a number of replays."""

UNREAD_LEAF = 2
"""Of an instruction that a reverse sweep visits: a leaf whose adjoints nobody reads, so they need not be zeroed."""
RECENT = 64
"""Constants that a tape remembers while native code records: (bits, slot) each, at C_CACHE."""
INSIDE = 1
"""In place of an array's id(): a gradient is written to the memory at C_BUFFER."""
GROUP = 32
"""Most runs swept chunk by chunk together."""
SPOT = (1 << 8) - 1
"""Mask of a place: the chunk of local memory where the run's values live."""
STORED = 1 << 8
"""Flag of a place: the run's adjoints are local, its values are kept."""
UNREAD = 1 << 9
"""Flag of a place: the reverse sweep reads none of the run's values."""
ADJOINT_SPOT = 16
"""Shift of a place: the chunk of local memory where the run's adjoints live."""
CHUNK = 512
"""Elements of a run that are swept at a time: a chunk of every operand stays in the first-level cache."""
STACK = 6 * CHUNK
"""Where the partial sums of a sum that is taken chunk by chunk lie in a sweep's scratch memory."""
SCRATCH = 10 * CHUNK + 128
"""Elements of a sweep's scratch memory."""

# Kernel table: KINDS addresses an operation, then as many masks of the operands that the kernel reads. Structural instructions
# have the addresses of their steps there, and leaves, which have no kernels, those of stretches of scalar instructions, of short runs and
# of long ones.
SWITCH, RUNS, GROUPS = INPUT, CONSTANT, PARAMETER
KINDS = 8
K_FORWARD, K_REVERSE, K_TANGENT, K_STORE = 0, 1, 4, 5
"""Values; adjoints added to an operand's, one kernel an operand; tangents; adjoints stored, one kernel an operand."""
K_FLAGS, K_NEED, K_SPREAD = 5, 6, 7
"""Of a structural instruction: its operands' flags (sweep/point/flags.py), and its part of sparsity (sweep/sets/sparsity.py)."""
KERNELS = RUN * KINDS
ARITIES = 2 * KERNELS
"""Where the operations' arities stand in the table, behind the masks."""
ROUTINES = ARITIES + RUN
"""Where the addresses of the routines of decompositions begin, ROUTINE_KINDS for each kind (instructions/decompositions)."""
ROUTINE_KINDS, MOST_ROUTINES = 3, 32
PLANS = ROUTINES + ROUTINE_KINDS * MOST_ROUTINES
"""Where the address of the directory of plans of Fourier transforms stands (instructions/fourier)."""
NO_KERNEL = 1
"""In the table for a derivative that is zero everywhere; 0 is "not compiled yet"."""
IN_PYTHON = 2
"""In the table for a structural instruction that Python carries out."""
READS_Z, UNIT = 8, 16
"""Flags beside the operands that a kernel reads (1, 2, 4): it reads the result; its partial derivative is one."""
NOTHING = -1
"""In place of these flags in the generated list: the partial derivative is zero everywhere."""

TEST, SET, WHOLE = range(3)
"""Activity (sweep/point/activity.py), what is done with the flags of an operand's slots: asked whether one is set; set; set, and
those between them too, and those of constants (so that a strided block stays one when instructions are dropped)."""

MAX_SLOTS = 2**31 - 1
