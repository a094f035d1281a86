"""Which heavy packages a step imports at its start: no more than it needs.

Each job is a process of its own. pandas takes half a second of it, pingouin and scipy.stats more,
so a step that needs none of them must not import them, not even through the library.
"""

from concurrent.futures import ThreadPoolExecutor

from tests.bench.bench_starts import ROOT, step_start

FRAMES = {"pandas", "pyarrow", "pydantic"}
ALLOWED = {
    "accept_verdicts": FRAMES,
    "audit_publication": {"pyarrow", "pydantic", "scipy"},
    "build_manuscript": FRAMES,
    "build_notebook": {"pyarrow", "pydantic"},
    "build_tables": FRAMES,
    "check_cohort": FRAMES,
    "compare_conditions": FRAMES,
    "compute_residual_gains": FRAMES,
    "correlate_measures": FRAMES,
    "describe_sample": FRAMES,
    "estimate_reliability": FRAMES,
    "explain_statistics": FRAMES,
    "impute_measures": FRAMES,
    "judge_values": FRAMES,
    "plot_figures": FRAMES | {"matplotlib"},
    "render_manuscript": set(),
    "render_verdict": FRAMES | {"scipy"},
    "score_scales": {"pyarrow", "pydantic"},
    "show_tables": FRAMES,
    "validate_responses": FRAMES,
}
"""Step -> heavy packages; functions that need pingouin or statsmodels import them themselves."""


def test_no_step_starts_with_more_than_it_needs() -> None:
    steps = sorted((ROOT / "scripts").glob("*.py"))
    assert [step.stem for step in steps] == sorted(ALLOWED)
    with ThreadPoolExecutor(2) as pool:
        starts = list(pool.map(step_start, steps))
    found = {step.stem: set(packages) for step, (_, packages) in zip(steps, starts, strict=True)}
    more = {step: packages - ALLOWED[step] for step, packages in found.items()}
    assert not {step: packages for step, packages in more.items() if packages}
