// Lints BPMN files for the Camunda 8 platform: one line a report, last line their number.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { BpmnModdle } from "bpmn-moddle";

const require = createRequire(import.meta.url);
const { Linter } = require("bpmnlint");
const resolver = require("bpmnlint/lib/resolver/node-resolver");
const zeebe = require("zeebe-bpmn-moddle/resources/zeebe.json");

const linter = new Linter({
  resolver: new (resolver.default ?? resolver)(),
  config: { extends: "plugin:camunda-compat/camunda-cloud-8-6" },
});
let count = 0;
const tell = (...words) => {
  console.log(...words);
  count += 1;
};
for (const file of process.argv.slice(2)) {
  const { rootElement, warnings } = await new BpmnModdle({ zeebe }).fromXML(readFileSync(file, "utf8"));
  for (const warning of warnings) tell(basename(file), warning.message);
  for (const [rule, reports] of Object.entries(await linter.lint(rootElement))) {
    for (const report of reports) tell(basename(file), report.category, rule, report.id, report.message);
  }
}
console.log(count);
