"""What the library promises about speed, measured against its peers: `python -m tests.benchmarks`.

One module a subject. Each holds plain functions and a `BENCHMARKS` tuple that names them;
`run.SUBJECTS` lists the modules. Only ratios are promised, each taken side by side in one run.
"""
