// The pages' scripts run in Chromium 86: its syntax and objects (ES2020), its functions of the web, and nothing newer.
import compat from "eslint-plugin-compat";
import esx from "eslint-plugin-es-x";

const newer = Object.fromEntries(
  Object.entries(esx.configs["flat/restrict-to-es2020"].rules)
    // Known by the method's name alone: every forEach of an array would be one of an iterator.
    .filter(([rule]) => !rule.startsWith("es-x/no-iterator-prototype-")),
);

export default [
  {
    files: ["api/static/**/*.js"],
    languageOptions: { ecmaVersion: 2020, sourceType: "script" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { compat, "es-x": esx },
    settings: { "es-x": { aggressive: true } },
    rules: {
      ...newer,
      "compat/compat": "error",
      "no-unused-vars": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      eqeqeq: "error",
    },
  },
];
