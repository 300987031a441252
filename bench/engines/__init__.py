"""One module an engine: what it takes to do each workload's job with it, with its best options.

A module has DISTRIBUTION (the package whose version is shown) and, for each workload that the engine can do, a generator
of contenders: w1(x), w5(net), and for w6 record_chain(...) and start-up snippets.
"""
