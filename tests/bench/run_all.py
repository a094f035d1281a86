"""Run every benchmark, one after the other, and print what each prints."""

import subprocess
import sys
from pathlib import Path

for bench in sorted(Path(__file__).parent.glob("bench_*.py")):
    print(f"\n== {bench.stem}: {bench.read_text(encoding='utf-8').splitlines()[0].strip(chr(34))}")
    subprocess.run([sys.executable, bench], check=True)
