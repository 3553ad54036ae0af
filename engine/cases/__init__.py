"""Worked cases: a story in YAML, played through the engine's front door on a private database and a virtual clock.

docs/cases.md explains the format. Nothing here knows more of the engine than a page does.
"""

from engine.cases.coverage import Coverage
from engine.cases.reading import Case, bundle_of, find_cases, read_case
from engine.cases.running import CaseResult, run_case

__all__ = ["Case", "CaseResult", "Coverage", "bundle_of", "find_cases", "read_case", "run_case"]
