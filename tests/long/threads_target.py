"""Four threads at once: each goes through actions of recorded functions, of tensors or of native gradients, in one process.

What `programs` does in one thread, four do side by side: pools of replays, memory, compiled kernels and paths are those of the process.
"""

from __future__ import annotations

import threading
from collections import Counter

from programs_target import Machine

THREADS, STEPS = 4, 25
QUICK = {"STEPS": 6}


def case(seed: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    faults: list[BaseException] = []
    machines = [Machine(10**6 + THREADS * seed + k, forks=False) for k in range(THREADS)]
    shared = machines[0]
    shared.record()
    shared.known[0].everybodys = True
    for machine in machines[1:]:
        machine.known.append(shared.known[0])  # one function is everybody's

    def work(machine: Machine) -> None:
        try:
            machine.run(STEPS)
        except BaseException as error:
            error.add_note(f"after {' '.join(machine.done)}")
            faults.append(error)

    workers = [threading.Thread(target=work, args=(machine,)) for machine in machines]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if faults:
        raise faults[0]
    for machine in machines:
        counts += machine.counts
    return counts
