"""The search for loops in scalar instructions, natively: stretches whose opcodes repeat, with operands that move by equal steps.

A period is proposed by what is met again: the opcodes that follow, eight of them or some hundreds, were followed last at some distance
before. It is then followed as far as it goes, and where operands do not move by equal steps several turns are taken for one. A period that has failed is
not tried again before its end, whatever others are tried meanwhile, so that the time is linear.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, i8_pointer, u1_pointer, u2_pointer
from jittape.ops.layout import (
    C_ARG0,
    C_ARG1,
    C_COUNT,
    C_KERNELS,
    C_META,
    C_OPCODE,
    C_SLOTS,
    CHUNK,
    CONSTANT,
    FIRST_OPERATION,
    KERNELS,
    PARAMETER,
    RUN,
)
from jittape.sweep.point.operands import elementwise, group_forward, group_reverse, slots_of

FACTOR = 0x5851F42D4C957F2D
SPREAD = 0x1C69B3F74AC4AE35
L_START, L_PERIOD, L_TURNS, L_LOOSE, L_PHASE = range(5)
FIELDS = 5
"""Of a loop that was found: its first instruction, instructions a turn, turns, whether operands move otherwise, after how many instructions its body begins."""
OPERANDS = 3
WINDOWS = 3
"""Numbers of opcodes by which periods are proposed."""
TABLE = 1 << 12
LIMITS = 7
F_HEAD, F_OPERAND = 6, 4
"""Of a pattern (`fits`): the numbers of operands, of those that are data, of turns that a result is carried on, of slots whose adjoints registers hold, of
instructions a turn, and a power of two less one, more than twice the second; and numbers an operand."""
ANY, OWN, DATA = range(3)
"""What an operand of a turn has to be, see `turn_before`."""
HELD, PLAIN = 1, 2
"""Of an operand that is data: its adjoint is in a register from turn to turn; it moves, and has none."""
MULTIPLES, PROBED = 6, 4
"""Turns of one form up to which they are looked at as one: equations of a system are often written alike, and read different operands. By how
many such turns more than a loop has at least it is seen whether they are."""


@part
def steady(opcode, arities, args, k, period):
    """Whether instruction k's operands move from the last turn to this one as they did the turn before."""
    for p in range(arities[opcode[k]]):
        arg = i4_pointer(args[p])
        if np.int64(arg[k]) - np.int64(arg[k - period]) != np.int64(arg[k - period]) - np.int64(arg[k - 2 * period]):
            return False
    return True


@part
def follow(opcode, arities, args, k, end, period, least, least_loose, found):
    """Follow a period that begins with instructions k - period to k; returns where it ends.

    The part of it where operands are steady goes to `found`, or all of it where there is no such part; no turns where it is too short.
    """
    found[L_TURNS] = found[L_LOOSE] = 0
    m = k
    while m < k + period:
        if m >= end or opcode[m] != opcode[m - period]:
            return m
        m += 1
    first = m
    while m < end and opcode[m] == opcode[m - period]:
        if not steady(opcode, arities, args, m, period):
            if (m - first) // period + 2 >= least:
                break
            first = m + 1
        m += 1
    start = first - 2 * period
    turns = (m - start) // period
    if turns >= least:
        found[L_START], found[L_PERIOD], found[L_TURNS] = start, period, turns
    elif (m - k) // period + 1 >= least_loose:
        found[L_START], found[L_PERIOD], found[L_TURNS], found[L_LOOSE] = k - period, period, (m - k) // period + 1, 1
    return m


@part
def worthwhile(period, turns, least_turns, least):
    return turns >= least_turns and period * turns >= least


@part
def phase(opcode, arities, args, first, period, shift, registers, room):
    """Where a body is to begin so that fewest results go from turn to turn: after so many instructions.

    Args:
        opcode, arities, args: see `find`.
        first: the first instruction of a loop of two turns or more.
        shift: the slot that an instruction writes, less its number.
        registers: turns that a result stays in a register for those that read it.
        room: int64 [3 period + 1], to work in.
    """
    reach, live = room, at(room, period)
    for j in range(period):
        reach[j] = 0  # how many instructions later a result is read last
    for j in range(2 * period + 1):
        live[j] = 0
    k = first + period
    for j in range(period):
        for p in range(arities[opcode[k + j]]):
            arg = i4_pointer(args[p])
            back = k + j + shift - np.int64(arg[k + j])
            if back <= registers * period and np.int64(arg[k + j]) - np.int64(arg[first + j]) == period:
                writer = j - back
                while writer < 0:
                    writer += period
                reach[writer] = max(reach[writer], back)
    for j in range(period):
        end = j + 1 + reach[j]
        while end > period + j:
            end -= period
        live[j + 1] += 1
        live[end] -= 1
    best = 0
    for j in range(2 * period):
        live[j + 1] += live[j]
    for j in range(period):
        if live[j] + live[period + j] < live[best] + live[period + best]:
            best = j
    return best


def goes_on(columns_address, k, period, loose):
    """Whether the instructions from k on are another turn like the two before; with `loose`, whatever their operands are."""
    columns = i8_pointer(columns_address)
    opcode, args, arities = u2_pointer(columns[0]), at(columns, 1), i8_pointer(columns[1 + OPERANDS])
    for j in range(k, k + period):
        if opcode[j] != opcode[j - period] or (loose == 0 and not steady(opcode, arities, args, j, period)):
            return 0
    return 1


def find(columns_address, begin, end, hashes_address, widths_address, tables_address, found_address, limits_address):
    """Find loops among the scalar instructions begin to end; returns how many, at most limits[0].

    Args:
        columns_address: addresses of the opcodes, of OPERANDS columns of operands' slots, and of the operations' arities.
        hashes_address: int64, end - begin + 1 of them, to work in.
        widths_address: the WINDOWS, ascending, and after them as many powers of FACTOR with these exponents.
        tables_address: int64 [WINDOWS, TABLE] of -1, or of earlier searches among these instructions.
        found_address: int64 [limits[0], FIELDS].
        limits_address: most loops, least turns, least instructions of a loop, most instructions of a turn, least turns of a loop whose
            operands move otherwise, shift and registers of `phase`; and room.
    """
    columns = i8_pointer(columns_address)
    opcode, args, arities = u2_pointer(columns[0]), at(columns, 1), i8_pointer(columns[1 + OPERANDS])
    hashes, widths, tables = i8_pointer(hashes_address), i8_pointer(widths_address), i8_pointer(tables_address)
    found, limits = i8_pointer(found_address), i8_pointer(limits_address)
    most, least_turns, least, longest = limits[0], limits[1], limits[2], limits[3]
    mine = at(limits, LIMITS)  # room for one loop that is tried, and by periods for where what failed ended
    best = at(limits, LIMITS + FIELDS)
    failed = at(limits, LIMITS + 2 * FIELDS)
    room = at(failed, longest + 1)
    for period in range(min(longest, end - begin) + 1):
        failed[period] = -1
    hashes[0] = 0
    for k in range(begin, end):
        hashes[k - begin + 1] = hashes[k - begin] * np.int64(FACTOR) + np.int64(opcode[k]) + 1
    count, k, free = 0, begin, begin
    while k < end and count < most:
        best[L_TURNS] = best[L_PERIOD] = best[L_LOOSE] = 0
        for w in range(WINDOWS):
            width = widths[w]
            if k + width > end:
                break
            h = (hashes[k - begin + width] - hashes[k - begin] * widths[WINDOWS + w]) * np.int64(SPREAD)
            row = at(tables, w * TABLE + ((h >> 40) & (TABLE - 1)))
            before = row[0]
            row[0] = k
            period = k - before
            if before < free or before >= k or period > longest or k < failed[period]:
                continue
            if w > 0 and period == best[L_PERIOD]:
                continue
            stop = k
            for multiple in range(1, MULTIPLES + 1):
                several = multiple * period
                if several > longest or (multiple > 1 and stop < k + several * least_turns):
                    break
                if k - several < free:  # it is tried again when there is room for it
                    stop = min(stop, free + several)
                    break
                if multiple > 1:  # a look at some turns, so that the time is linear
                    follow(opcode, arities, args, k, min(end, k + several * (least_turns + PROBED)), several, least_turns, end, mine)
                    if mine[L_TURNS] == 0:
                        continue
                reached = follow(opcode, arities, args, k, end, several, least_turns, limits[4], mine)
                stop = reached if multiple == 1 else stop
                if worthwhile(several, mine[L_TURNS], least_turns, least):
                    stop = -1
                    better = mine[L_TURNS] * several > best[L_TURNS] * best[L_PERIOD]
                    if mine[L_LOOSE] < best[L_LOOSE] or (better and (mine[L_LOOSE] == best[L_LOOSE] or best[L_TURNS] == 0)):
                        for i in range(FIELDS):
                            best[i] = mine[i]
                    break
            if stop >= 0:
                failed[period] = stop
        if best[L_TURNS] > 0:
            k = best[L_START] + best[L_PERIOD] * best[L_TURNS]
            for i in range(FIELDS):
                found[count * FIELDS + i] = best[i]
            found[count * FIELDS + L_PHASE] = phase(opcode, arities, args, best[L_START], best[L_PERIOD], limits[5], limits[6], room)
            count += 1
            free = k
        else:
            k += 1
    return count


@part
def mark(flags, slot, bits):
    flags[slot] |= np.uint8(bits)


def reading(address, begin, end, flags_address, bits):
    """Note in one byte a slot that scalar instructions between begin and end read it."""
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    arities = at(i8_pointer(ctl[C_KERNELS]), 2 * KERNELS)
    flags = u1_pointer(flags_address)
    for k in range(begin, end):
        if FIRST_OPERATION <= opcode[k] < RUN:
            mark(flags, np.int64(arg0[k]), bits)
            if arities[opcode[k]] > 1:
                mark(flags, np.int64(arg1[k]), bits)


def mark_spans(spans_address, count, flags_address, bits):
    """Note in one byte a slot for so many spans, each of a first slot, a step and a number of slots."""
    spans, flags = i8_pointer(spans_address), u1_pointer(flags_address)
    for q in range(count):
        slot, step = spans[3 * q], spans[3 * q + 1]
        for _ in range(spans[3 * q + 2] if step != 0 else 1):
            mark(flags, slot, bits)
            slot += step


@part
def meets(slot, base, step, turns):
    """Whether an operand comes to a slot."""
    if step == 0:
        return slot == base
    turn = (slot - base) // step
    return base + turn * step == slot and 0 <= turn < turns


@part
def all_constant(constant, base, step, turns):
    for t in range(turns):
        if constant[base + t * step] == 0:
            return False
    return True


@part
def known_before(table, mask, given, n):
    """Whether operand n is one of those before it; it is noted in a table of numbers of operands, which has room."""
    at_hash = ((given[2 * n] * np.int64(FACTOR) + given[2 * n + 1]) * np.int64(SPREAD) >> 40) & mask
    while table[at_hash] >= 0:
        other = table[at_hash]
        if given[2 * other] == given[2 * n] and given[2 * other + 1] == given[2 * n + 1]:
            return True
        at_hash = (at_hash + 1) & mask
    table[at_hash] = n
    return False


def fits(columns_address, pattern_address, first, slot, turns, constants_address, given_address, room_address):
    """Whether a loop has the pattern of a known one (`Pattern` of passes/alike.py).

    Args:
        columns_address: see `find`.
        pattern_address: F_HEAD numbers; for each operand its column, its instruction, whether it is a result of the loop, and how far that stands
            from the turn's first slot, or which of the operands that are data it is; for each of these whether it moves, and whether it has
            adjoints; how far slots whose adjoints registers hold stand from the first turn's first slot.
        first, slot, turns: the loop's first instruction, the slot that it writes, and its turns.
        constants_address: how many slots before each are no constants, and for each slot in one byte whether it is one.
        given_address: int64 [operands that are data, 2], for first slots and steps.
        room_address: int64, twice as many and more, a power of two.
    """
    columns, pattern, constants = i8_pointer(columns_address), i8_pointer(pattern_address), i8_pointer(constants_address)
    given, table = i8_pointer(given_address), i8_pointer(room_address)
    variable, constant = i8_pointer(constants[0]), u1_pointer(constants[1])
    size, count, lag, windows, period, mask = pattern[0], pattern[1], pattern[2], pattern[3], pattern[4], pattern[5]
    if lag >= turns:
        return 0
    operands = at(pattern, F_HEAD)
    kinds = at(operands, F_OPERAND * size)
    held = at(kinds, 2 * count)
    for n in range(count):
        given[2 * n] = -1
    for i in range(mask + 1):
        table[i] = -1
    for q in range(size):
        operand = at(operands, F_OPERAND * q)
        arg, k = i4_pointer(columns[1 + operand[0]]), first + operand[1]
        a = np.int64(arg[k])
        step = np.int64(arg[k + period]) - a
        if operand[2] != 0:
            if a - slot != operand[3] or step != period:
                return 0
        else:
            n = operand[3]
            if given[2 * n] < 0:
                given[2 * n], given[2 * n + 1] = a, step
            elif given[2 * n] != a or given[2 * n + 1] != step:
                return 0
    for n in range(count):
        base, step = given[2 * n], given[2 * n + 1]
        last = base + step * (turns - 1)
        low, high = min(base, last), max(base, last)
        if high >= slot or low < 0 or (step == period and slot - base <= (turns - 1) * period) or (step != 0) != (kinds[2 * n] != 0):
            return 0
        free = variable[high + 1] - variable[low]
        active = free > 0
        if active and step != 0 and free < high + 1 - low:  # what stands between may be either
            active = not all_constant(constant, base, step, turns)
        if active != (kinds[2 * n + 1] != 0) or known_before(table, mask, given, n):
            return 0
        for w in range(windows):
            if meets(slot + held[w], base, step, turns):
                return 0
        if step != 0:
            for other in range(count):  # what stays
                if kinds[2 * other] == 0 and low <= given[2 * other] <= high and meets(given[2 * other], base, step, turns):
                    return 0
    return 1


@part
def same_codes(opcode, first, period):
    """Whether the instructions from `first` on are a turn with the opcodes of the next one."""
    for j in range(period):
        if opcode[first + j] != opcode[first + period + j]:
            return False
    return True


def turn_before(columns_address, places_address, count, first, slot, period, given_address):
    """Whether the instructions from `first` on are a turn of the same body as the two turns after them.

    Args:
        columns_address: see `find`.
        places_address: for each operand its column, its instruction, a kind, and a number. With ANY it has the step that it has in the next turn;
            with OWN it is result `number` of the turn; with DATA it is always the same slot where the number is the same, which goes to `given`.
        given_address: int64 [operands that are data, 2], for first slots, and steps of zero.
    """
    columns, places, given = i8_pointer(columns_address), i8_pointer(places_address), i8_pointer(given_address)
    if not same_codes(u2_pointer(columns[0]), first, period):
        return 0
    for q in range(count):
        place = at(places, 4 * q)
        arg, k, n = i4_pointer(columns[1 + place[0]]), first + place[1], place[3]
        a = np.int64(arg[k])
        if place[2] == ANY:
            b = np.int64(arg[k + period])
            if b - a != np.int64(arg[k + 2 * period]) - b:
                return 0
        elif place[2] == OWN:
            if a != slot + n:
                return 0
        elif given[2 * n] < 0:
            given[2 * n], given[2 * n + 1] = a, 0
        elif given[2 * n] != a:
            return 0
    return 1


@part
def comes_to(base, step, turns, slot):
    """Whether an operand comes to a slot, or stands there."""
    last = base + step * (turns - 1)
    return min(base, last) <= slot <= max(base, last) and meets(slot, base, step, turns)


@part
def is_reached(slot, given, operands, marks, turns, far, far_count):
    """Whether an operand whose adjoint is in memory comes to a slot."""
    for n in range(operands):
        if marks[n] & HELD == 0 and comes_to(given[2 * n], given[2 * n + 1], turns, slot):
            return True
    for n in range(far_count):
        if comes_to(far[2 * n], far[2 * n + 1], turns, slot):
            return True
    return False


@part
def is_held(slot, given, operands, marks):
    """How many operands with an adjoint in a register stand in a slot."""
    count = 0
    for n in range(operands):
        if marks[n] & HELD != 0 and given[2 * n] == slot:
            count += 1
    return count


def held_apart(given_address, operands, turns, slot, tables_address, starts_address, starts_count, far_address):
    """Whether the adjoints that registers hold while a loop is swept are reached in no other way, and constants are constants.

    Args:
        given_address: int64 [operands, 2], first slots and steps.
        slot: the loop's first one, which operands lie before.
        tables_address: addresses of HELD and PLAIN for each operand, and of whether a slot is a constant, both one byte.
        starts_address: where results that go to later turns stand of the turns before the first one.
        far_address: the address of (slot, step) of results that are read of much earlier turns, and how many there are.
    """
    given, tables, starts, more = i8_pointer(given_address), i8_pointer(tables_address), i8_pointer(starts_address), i8_pointer(far_address)
    marks, constant, far = u1_pointer(tables[0]), u1_pointer(tables[1]), i8_pointer(more[0])
    for n in range(operands):
        base, last = given[2 * n], given[2 * n] + given[2 * n + 1] * (turns - 1)
        if max(base, last) >= slot or min(base, last) < 0 or (marks[n] & PLAIN != 0 and constant[base] == 0):
            return 0
    for n in range(operands):
        if marks[n] & HELD != 0:
            held = given[2 * n]
            if is_held(held, given, operands, marks) > 1 or is_reached(held, given, operands, marks, turns, far, more[1]):
                return 0
    for i in range(starts_count):
        if constant[starts[i]] != 0:  # nobody asks for its adjoint
            continue
        for k in range(i):
            if starts[k] == starts[i]:
                return 0
        if is_held(starts[i], given, operands, marks) > 0 or is_reached(starts[i], given, operands, marks, turns, far, more[1]):
            return 0
    return 1


def seen(flags_address, turns, period, lags_address, count, found_address):
    """What flags in one byte say of a loop's slots: for each instruction those of all turns but the last one together, and those of the last; and for each
    of `count` results, (instruction, how many turns it is read from a register), those of all turns but so many."""
    flags, lags, found = u1_pointer(flags_address), i8_pointer(lags_address), u1_pointer(found_address)
    for j in range(2 * period + count):
        found[j] = 0
    for t in range(turns - 1):
        row = at(flags, t * period)
        for j in range(period):
            found[j] |= row[j]
    for j in range(period):
        found[period + j] = flags[(turns - 1) * period + j]
    for q in range(count):
        for t in range(turns - lags[2 * q + 1]):
            found[2 * period + q] |= flags[t * period + lags[2 * q]]


def placed(opcode_address, sizes_address, count, starts_address, constant_address):
    """Fill in where each instruction's slots begin, and for each slot in one byte whether it is a constant or a parameter.

    Args:
        sizes_address: how many slots a run writes, int32.
    """
    opcode, sizes, starts, constant = u2_pointer(opcode_address), i4_pointer(sizes_address), i8_pointer(starts_address), u1_pointer(constant_address)
    s = 0
    for k in range(count):
        starts[k] = s
        code = opcode[k]
        if code >= RUN:
            plain = np.uint8(code - RUN == CONSTANT or code - RUN == PARAMETER)
            for _ in range(sizes[k]):
                constant[s] = plain
                s += 1
        else:
            constant[s] = np.uint8(code == CONSTANT or code == PARAMETER)
            s += 1


def counts(flags_address, n, found_address):
    """How many of the flags before each, in one byte, are set, and of all of them."""
    flags, found = u1_pointer(flags_address), i8_pointer(found_address)
    total = 0
    for i in range(n):
        found[i] = total
        total += flags[i] != 0
    found[n] = total


def groups(address, planned, visited_address, group_address):
    """Fill in for each instruction where the group of runs begins that it is swept with in reverse, or -1.

    Args:
        planned: whether the interpreter sweeps by a plan.
        visited_address: one byte an instruction, 1.
        group_address: int32 an instruction.
    """
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, arities = i4_pointer(ctl[C_META]), at(i8_pointer(ctl[C_KERNELS]), 2 * KERNELS)
    visited, group = u1_pointer(visited_address), i4_pointer(group_address)
    count, s = ctl[C_COUNT], 0
    k = 0
    while k < count:
        last = k + 1
        group[k] = -1
        if elementwise(opcode[k]) and (planned or arg1[k] <= CHUNK):
            last = group_forward(opcode, arg0, arg1, meta, arities, k, count, s)
            for q in range(k, last):
                group[q] = k
        while k < last:
            s += slots_of(opcode, arg1, k)
            k += 1
    if planned:
        return
    k, s = count, ctl[C_SLOTS]
    while k > 0:
        first = k - 1
        if elementwise(opcode[k - 1]) and arg1[k - 1] > CHUNK:
            first = group_reverse(opcode, arg0, arg1, meta, arities, visited, k, 0, s)
            for q in range(first, k):
                group[q] = first
        while k > first:
            k -= 1
            s -= slots_of(opcode, arg1, k)
