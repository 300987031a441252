"""Running sums of rows, across the lanes."""

from jittape.compiler.pointers import at
from jittape.sweep.lanes.fields import ADD, L_RESULT
from jittape.sweep.lanes.memory import add, load, number, parts, store
from jittape.sweep.lanes.rows import fields


def forward(v, record):
    places, _, r, rows, _, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        for line in range(lines):
            for part in range(parts()):
                acc = number(v, 0)
                for i in range(r):
                    acc = add(acc, load(v, row[i] + line, part))
                    store(v, record[L_RESULT] + (j * r + i) * lines + line, part, acc)


def reverse(v, record):
    places, _, r, rows, mode, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        for line in range(lines):
            for part in range(parts()):
                acc = number(v, 0)
                for i in range(r - 1, -1, -1):
                    acc = add(acc, load(v, record[L_RESULT] + (j * r + i) * lines + line, part))
                    place = row[i] + line
                    store(v, place, part, add(load(v, place, part), acc) if mode & ADD else acc)
