"""feelin, the FEEL interpreter of the editors, inside an embedded V8: another opinion on what an expression means.

Development only. Its ES modules are joined by a few lines, since V8 alone has no loader.
"""

import json
import re
from pathlib import Path

from py_mini_racer import MiniRacer

MODULES = Path(__file__).parents[2] / "node_modules"
# In the order in which they need each other; those of CommonJS are only wrapped.
FILES = {
    "@lezer/common": "@lezer/common/dist/index.cjs",
    "@lezer/lr": "@lezer/lr/dist/index.cjs",
    "@lezer/highlight": "@lezer/highlight/dist/index.cjs",
    "min-dash": "min-dash/dist/index.js",
    "lezer-feel": "lezer-feel/dist/index.js",
    "feelin": "feelin/dist/index.js",
}
IMPORT = re.compile(r"^import \{([^}]*)\} from '([^']+)';", re.MULTILINE)
EXPORT = re.compile(r"^export \{([^}]*)\};", re.MULTILINE)
PRELUDE = """
var process = {env: {}}, console = {log() {}, warn() {}, error() {}, debug() {}};
var modules = {"temporal-polyfill": {Temporal: globalThis.Temporal}};
function require(name) { return modules[name]; }
"""
SHOW = """
function show(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(show);
  if (Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, show(item)]));
  return {"@": String(value)};
}
function asked(call, text, context) {
  try {
    const found = modules.feelin[call](text, context);
    return JSON.stringify({value: show(found.value)});
  } catch (error) {
    return JSON.stringify({error: String(error.message || error)});
  }
}
function timed(call, text, context, times) {
  for (let n = 0; n < times; n++) modules.feelin[call](text, context);
  return true;
}
"""


def _wrapped(name, source):
    source = IMPORT.sub(lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = require('{found[2]}');", source)
    source = EXPORT.sub(lambda found: f"Object.assign(exports, {{{_exported(found[1])}}});", source)
    return f"modules[{json.dumps(name)}] = (function (exports) {{\n{source}\nreturn exports;\n}})({{}});"


def _exported(names):
    pairs = [name.strip().partition(" as ") for name in names.split(",")]
    return ", ".join(f"{outer or inner}: {inner}" for inner, _, outer in pairs)


class Feelin:
    """One V8 with feelin in it."""

    def __init__(self):
        self.engine = MiniRacer()
        self.engine.eval((MODULES / "temporal-polyfill" / "global.js").read_text())
        self.engine.eval(PRELUDE)
        for name, path in FILES.items():
            self.engine.eval(_wrapped(name, (MODULES / path).read_text()))
        self.engine.eval(SHOW)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """V8's own thread would keep the interpreter from ending."""
        self.engine.close()

    def evaluate(self, text, context=None, *, unary=False):
        """The value as JSON, dates and such as `{"@": text}`; {"error": ...} where the text is refused."""
        call = "unaryTest" if unary else "evaluate"
        return json.loads(
            self.engine.eval(f"asked({json.dumps(call)}, {json.dumps(text)}, {json.dumps(context or {})})")
        )

    def run(self, text, context, times, *, unary=False):
        """Evaluate so many times inside V8, for measuring."""
        call = "unaryTest" if unary else "evaluate"
        self.engine.eval(f"timed({json.dumps(call)}, {json.dumps(text)}, {json.dumps(context)}, {times})")
