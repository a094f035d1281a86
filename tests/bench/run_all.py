"""Run every benchmark, one after the other, and print what each prints; fails if one does."""

import subprocess
import sys
from pathlib import Path

failed = []
for bench in sorted(Path(__file__).parent.glob("bench_*.py")):
    print(f"\n== {bench.stem}: {bench.read_text(encoding='utf-8').splitlines()[0].strip(chr(34))}")
    if subprocess.run([sys.executable, bench], check=False).returncode:
        failed.append(bench.stem)
if failed:
    sys.exit(f"Not within its limits: {', '.join(failed)}")
