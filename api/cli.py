"""The command line: the same Engine calls, for scripts and administrators."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api import redeploying
from api.configuration import VARIABLES, ensure_folder, from_environment, lacking, require_secure
from api.connecting import connect
from engine import decisions, difference
from engine.bundle import read_folder
from engine.calendar import load_shipped
from engine.cases import Coverage, bundle_of, find_cases, read_case, run_case
from engine.cases.coverage import all_flows, all_rules
from engine.checks import advise, compile_bundle
from engine.checks import check as check_bundle
from engine.clock import real_now
from engine.errors import PingpinError
from engine.expressions import Evaluator, parse
from engine.migrations import upgrade
from engine.permissions import OPERATOR, Role
from engine.queries.verification import verify
from engine.transaction import open_database
from forms import FormError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.bundle import Bundle
    from engine.cases import CaseResult

# Whoever can run commands on the machine is its administrator.


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Pingpin (评聘) runs a regulation as software."""


def main() -> None:
    """Refusals are one sentence on standard error and exit code 1, never a traceback."""
    try:
        commands()
    except (PingpinError, FormError) as error:
        click.echo(f"{error.text.zh}\n{error.text.en}", err=True)
        sys.exit(1)


@commands.command()
def config() -> None:
    """List the environment variables with meaning and default."""
    for variable in VARIABLES:
        click.echo(f"{variable.name}={variable.default or '(none)'}\n    {variable.meaning}")


@commands.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema to the newest version."""
    configuration = from_environment()
    ensure_folder(configuration.database_url)
    upgrade(open_database(configuration.database_url))
    click.echo("schema is up to date")


@commands.command()
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def check(bundle: Path, as_json: bool) -> None:
    """Run every deployment check; one finding a line, exit 1 if there is one.

    Gaps, overlaps and rules without effect in decision tables (table-gap, table-overlap, table-rule) are for the process
    owner to judge: they do not keep a bundle from being deployed.
    """
    content = read_folder(bundle)
    findings = (*check_bundle(content), *advise(content))
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo(f"{len(findings)} finding(s)")
    sys.exit(1 if findings else 0)


@commands.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--policy", type=click.Path(exists=True, file_okay=False, path_type=Path), help="for cases outside a bundle"
)
@click.option("--json", "as_json", is_flag=True)
def cases(paths: tuple[Path, ...], policy: Path | None, as_json: bool) -> None:
    """Play worked cases on a database in memory and a virtual clock."""
    results = []
    bundles: dict[Path, Bundle] = {}
    for path in find_cases(paths):
        case = read_case(path)
        folder = policy or case.policy or bundle_of(path)
        bundle = bundles.setdefault(folder, read_folder(folder))
        results.append(run_case(case, bundle))
    if as_json:
        click.echo(json.dumps(_results_as_json(results), ensure_ascii=False, indent=2))
    else:
        _print_results(results, bundles.values())
    sys.exit(1 if any(result.failure for result in results) else 0)


def _results_as_json(results: Iterable[CaseResult]) -> list[dict[str, Any]]:
    return [
        {
            "file": str(result.case.path),
            "case": result.case.title,
            "passed": not result.failure,
            "failure": result.failure,
        }
        for result in results
    ]


def _print_results(results: list[CaseResult], bundles: Iterable[Bundle]) -> None:
    for result in results:
        click.echo(f"{'FAILED' if result.failure else 'ok':7}{result.case.path.name}: {result.case.title}")
        if result.failure:
            click.echo(f"       {result.failure}")
    failed = sum(1 for result in results if result.failure)
    click.echo(f"{len(results) - failed} passed, {failed} failed")
    covered = Coverage()
    for result in results:
        covered |= result.coverage
    for bundle in bundles:
        compiled = compile_bundle(bundle)
        _print_coverage("flows", covered.flows, all_flows(compiled))
        _print_coverage("rules", covered.rules, all_rules(compiled))


def _print_coverage(what: str, covered: frozenset[tuple[str, str]], every: frozenset[tuple[str, str]]) -> None:
    click.echo(f"{what}: {len(covered & every)}/{len(every)} covered")
    for owner, part in sorted(every - covered):
        click.echo(f"  not covered: {owner}:{part}")


@commands.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("decision")
def decide(file: Path, decision: str) -> None:
    """Evaluate a decision: JSON on standard input; result, trace and explanation as JSON on standard output."""
    model = decisions.load(file.read_bytes(), source=str(file), globals=("settings", "process"))
    functions = Evaluator(real_now(), load_shipped()).functions()
    outcome = model.evaluate(decision, _json_input(), functions)
    told = {
        "result": decisions_json(outcome.value),
        "explanation": [text.as_json() for text in decisions.sentences(outcome.trace)],
        "trace": outcome.trace.as_json(),
    }
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


@commands.command()
@click.argument("expression")
def feel(expression: str) -> None:
    """Evaluate a FEEL expression over the JSON context on standard input (none: an empty one).

    The value is on standard output; why something became null or does not hold, on standard error.
    """
    evaluator, context = Evaluator(real_now(), load_shipped()), _json_input()
    value = evaluator.json(f"={expression}", context)
    why = (
        decisions.reasons(parse(expression), context, evaluator.functions()) if value is False or value is None else []
    )
    for text in (*evaluator.warnings, *why):
        click.echo(f"{text.zh} | {text.en}", err=True)
    click.echo(json.dumps(value, ensure_ascii=False))


def decisions_json(value: Any) -> Any:
    """A FEEL value as JSON."""
    from engine.feel import to_json

    return to_json(value)


def _json_input() -> dict[str, Any]:
    text = "" if sys.stdin.isatty() else sys.stdin.read()
    try:
        context = json.loads(text or "{}")
    except ValueError as error:
        raise PingpinError(f"标准输入不是JSON: {error}", f"standard input is not JSON: {error}") from error
    if not isinstance(context, dict):
        raise PingpinError("标准输入应为JSON对象", "standard input should be a JSON object")
    return context


@commands.group()
def calendar() -> None:
    """The working-day calendars."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def calendar_import(file: Path) -> None:
    """Import a year's calendar (YAML); it counts once an administrator or the bureau has confirmed it on a page."""
    done = connect(from_environment()).import_calendar(OPERATOR, file.read_bytes())
    said = "waits for confirmation by a second person" if done["status"] == "pending" else "counts already"
    click.echo(f"{done['version']}: {said}")


@calendar.command("show")
@click.argument("year", type=int)
def calendar_show(year: int) -> None:
    """Show a year's days off and make-up days as they count."""
    detail = connect(from_environment()).calendar_year(OPERATOR, year)
    line = detail.line
    click.echo(f"{line.version} {line.status}: {line.notice}; {line.source}")
    for rest in detail.days.rests:
        click.echo(f"  {rest.first} - {rest.last}  {rest.name.zh} {rest.name.en}")
    for day in detail.days.make_up:
        click.echo(f"  {day}  调休上班 make-up day")


@commands.group()
def audit() -> None:
    """The history's chain."""


@audit.command("verify")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def audit_verify(file: Path | None) -> None:
    """Verify every chain and the daily lists, of the database or of an export; exit 1 if something was changed."""
    exported = json.loads(file.read_bytes()) if file else connect(from_environment()).audit_export(OPERATOR)
    verdict = verify(exported)
    for one in verdict.breaks:
        click.echo(str(one))
    counted = f"{verdict.entries} entries in {verdict.subjects} chains, {verdict.lists} daily lists, {verdict.deleted} payloads deleted"
    click.echo(f"{counted}; {len(verdict.breaks)} break(s)")
    sys.exit(1 if verdict.breaks else 0)


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def audit_export(file: Path) -> None:
    """Write the whole history to a file that `audit verify` reads."""
    file.write_text(json.dumps(connect(from_environment()).audit_export(OPERATOR), ensure_ascii=False))


@commands.group()
def keys() -> None:
    """The keys that identity numbers, drafts, uploaded registers and web hooks' secrets are encrypted with."""


@keys.command("rotate")
def keys_rotate() -> None:
    """Encrypt everything anew under the newest key, the first of PINGPIN_DATA_KEYS; may be stopped and run again."""
    done = connect(from_environment()).rotate_keys(OPERATOR)
    click.echo(", ".join(f"{table} {count}" for table, count in sorted(done.items())) or "nothing was left to do")


@keys.command("check")
def keys_check() -> None:
    """Say which keys are still in use; exit 1 if one of them is missing, or something does not open."""
    checked = connect(from_environment()).check_keys(OPERATOR)
    for use in checked.uses:
        said = "not encrypted yet" if use.key_id is None else f"key {use.key_id}"
        click.echo(f"{use.table}: {use.rows} under {said}{'' if use.is_there else ', WHICH IS MISSING'}")
    for broken in checked.broken:
        click.echo(f"does not open: {broken}; restore it from a backup")
    sys.exit(1 if checked.broken or not all(use.is_there for use in checked.uses) else 0)


@commands.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.argument("person")
@click.option("--label", default="command line")
def token_create(person: str, label: str) -> None:
    """Create a Bearer token for a person; it is shown once."""
    click.echo(connect(from_environment()).create_token(OPERATOR, person, label))


@commands.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.argument("person")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]))
@click.option("--employer", default=None, help="the employer's id")
@click.password_option()
def user_add(person: str, name: str, roles: tuple[str, ...], employer: str | None, password: str) -> None:
    """Add a person who signs in with a password; on an empty database the first administrator, say.

    The password is held to the same rules as on the pages: 12 characters at least, none that everybody tries first.
    """
    connect(from_environment()).add_person(
        OPERATOR, id=person, name=name, roles=roles, employer_id=employer, password=password
    )


@commands.group()
def account() -> None:
    """Sessions, locks and passwords."""


@account.command("reset")
@click.argument("person")
def account_reset(person: str) -> None:
    """Print an address that sets a person's password once within the hour; unlocks the account."""
    accounts = connect(from_environment()).accounts
    secret = accounts.make_reset_link(OPERATOR, person)
    accounts.unlock(OPERATOR, person)
    click.echo(f"/reset/{secret}")
    click.echo("Put the address of this installation before it; it works once, for 60 minutes.", err=True)


@commands.command("difference")
@click.argument("old", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--english", is_flag=True, help="in English")
def difference_(old: Path, new: Path, *, english: bool) -> None:
    """Say what differs between two bundle folders, a line each."""
    for change in difference.difference(read_folder(old).files, read_folder(new).files):
        click.echo(difference.say(change).pick("en" if english else "zh"))


@commands.command()
def openapi() -> None:
    """Print the API's description (OpenAPI 3.1)."""
    from api.rest.description import describe

    click.echo(json.dumps(describe(), ensure_ascii=False, indent=2))


@commands.command()
def serve() -> None:
    """Serve the web application, with the timers' tick inside."""
    from api.server import serve as run

    configuration = from_environment()
    require_secure(configuration)
    for text in lacking(configuration):
        click.echo(f"{text.zh}\n{text.en}", err=True)
    engine = connect(configuration)
    engine.require_never_moved()
    run(configuration, engine)


@commands.command()
def worker() -> None:
    """Fire due timers and deliver messages; several may run."""
    from api.worker import run

    configuration = from_environment()
    engine = connect(configuration)
    engine.require_never_moved()
    run(engine, configuration.tick_seconds)


@commands.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--database", default="var/sandbox.db", show_default=True, type=click.Path(path_type=Path))
def demo(port: int, database: Path) -> None:
    """Serve the sandbox: fictional people, two rounds, a virtual clock."""
    from api.sandbox import run

    run(port, database)


commands.add_command(redeploying.deploy)
commands.add_command(redeploying.rehearse)
